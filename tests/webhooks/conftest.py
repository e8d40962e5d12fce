from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from task.webhooks import addresses, tasks
from tests.services.receiver import Receiver

Names = Callable[..., list[str]]


@pytest.fixture
def receiver(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Somebody's server on loopback, which webhooks may call, and again at once."""
    monkeypatch.setattr(tasks, "REST", timedelta(0))
    settings.WEBHOOKS_ALLOW_PRIVATE = True
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """`names("hooks.example.org", "10.0.0.7")`: where a name leads. Returns the names that were asked for from then."""
    known: dict[str, tuple[str, ...]] = {}
    asked: list[str] = []
    real = addresses.socket.getaddrinfo

    def look_up(host: str, port: int, *args: Any, **options: Any) -> Any:
        if host not in known:
            return real(host, port, *args, **options)
        asked.append(host)
        found = known[host]
        if not found:
            raise addresses.socket.gaierror(-2, "Name or service not known")
        return [(2, 1, 6, "", (address, port)) for address in found]

    def leads(host: str, *found: str) -> list[str]:
        known[host] = found
        return asked

    monkeypatch.setattr(addresses.socket, "getaddrinfo", look_up)
    return leads
