"""Asking other services: every request has connect, read and total limits, and none is made inside a step."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx2
from django.conf import settings

from task.jobs.engine.errors import Fail, RetryLater
from task.jobs.engine.guards import refuse_in_step

CONNECT_SECONDS = 3.0  # for each of a host's addresses
REACH_SECONDS = 4.0  # for all of them, with the look-up of its name, which has no limit of its own
READ_SECONDS = 10.0
MOST_REDIRECTS = 3


@dataclass(frozen=True)
class Reply:
    """What a service answered, whatever its status. `url` is the last one, behind all redirects."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    content: bytes
    url: str


def user_agent() -> str:
    """Who asks, and whom to write to about it (the setting CONTACT), for the header User-Agent."""
    contact = "".join(c for c in settings.CONTACT if c.isascii() and c.isprintable())
    return f"celerytask/1.0 ({contact})" if contact else "celerytask/1.0"


class NoAnswer(RetryLater):
    """What came from a host is no answer; `why` says it behind the host's name, or the service's."""

    def __init__(self, host: str, why: str) -> None:
        super().__init__(f"{host} {why}")
        self.why = why


class Unreachable(NoAnswer):
    """Nobody answered at all: the address does not resolve, or the connection is refused or times out."""

    def __init__(self, host: str) -> None:
        super().__init__(host, "can't be reached.")


class Unfit(NoAnswer):
    """The answer will not do, however often one asks: it is too large, or sends us where we do not go."""


_client: httpx2.Client | None = None


def _shared() -> httpx2.Client:
    # One a process, made after the fork, so that connections to a service are used again.
    global _client
    if _client is None:
        limits = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        _client = httpx2.Client(timeout=limits, follow_redirects=True, max_redirects=MOST_REDIRECTS)
    return _client


def _leave() -> None:
    """Its connection is still busy: that one's thread finds it closed, and the next request begins with a new one."""
    global _client
    if _client is not None:
        _client.close()
    _client = None


def fetch(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    timeout: float = 20.0,
    limit: int = 5_000_000,
    may_ask: Callable[[str], bool] | None = None,
) -> Reply:
    """GET `url`; any status is an answer. `timeout` seconds in all, at most `limit` bytes; follows 3 redirects.

    `may_ask` says of each host that an answer sends us to whether we go there. Raises Unfit (a NoAnswer) where it says
    no, or the answer is too large.
    Raises Unreachable (a NoAnswer) when no connection comes about, NoAnswer (a RetryLater) when the answer breaks off,
    takes too long, is too large or sends us nowhere, Fail when `url` is no address.
    Misuse within a step, which would hold the database's write lock meanwhile.
    """
    refuse_in_step("ask another service")
    host = host_of(url)
    until = time.monotonic() + timeout
    # In a thread of its own: a service that sends a byte now and then would hold us however short the read limit is.
    helper = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fetch")
    reached = threading.Event()
    try:
        answer = helper.submit(_get, _shared(), url, dict(headers or {}), limit, reached, may_ask)
        answer.add_done_callback(lambda _: reached.set())
        if not reached.wait(min(REACH_SECONDS, timeout)):
            _leave()
            raise Unreachable(host)
        return answer.result(max(until - time.monotonic(), 0))
    except TimeoutError as fault:
        _leave()
        raise NoAnswer(host, f"took longer than {timeout:g} s to answer.") from fault
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as fault:
        raise Unreachable(host) from fault
    except httpx2.TooManyRedirects as fault:
        raise Unfit(host, "redirected us too many times.") from fault
    # A port beyond all numbers overflows.
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, OverflowError) as fault:
        raise Unfit(host, "redirected us to an address that does not work.") from fault
    except httpx2.HTTPError as fault:
        raise NoAnswer(host, "stopped in the middle of its answer.") from fault
    finally:
        helper.shutdown(wait=False)


def host_of(url: str) -> str:
    """The host that `url` names. Raises Fail when it is no http or https address."""
    with suppress(httpx2.InvalidURL):
        address = httpx2.URL(url)
        if address.scheme in ("http", "https") and address.host:
            return address.host
    raise Fail(f"{url[:200]!r} is no address that begins with http:// or https:// and a host's name.")


def _get(
    client: httpx2.Client,
    url: str,
    headers: dict[str, str],
    limit: int,
    reached: threading.Event,
    may_ask: Callable[[str], bool] | None,
) -> Reply:
    def noted(event: str, _: object) -> None:
        if event.endswith("send_request_headers.started"):  # there is a connection, new or used again
            reached.set()

    for _ in range(MOST_REDIRECTS + 1):
        options: dict[str, Any] = {"headers": headers, "follow_redirects": may_ask is None}
        with client.stream("GET", url, extensions={"trace": noted}, **options) as reply:
            if may_ask and reply.next_request:
                there = reply.next_request.url
                if not may_ask(there.host):
                    raise Unfit(reply.url.host, f"redirected us to {there.host[:100]}, which we do not ask.")
                url = str(there)
                continue
            content = bytearray()
            for chunk in reply.iter_bytes():
                content += chunk
                if len(content) > limit:
                    raise Unfit(reply.url.host, f"answers with more than {limit:,} bytes.")
            return Reply(reply.status_code, dict(reply.headers), bytes(content), str(reply.url))
    raise httpx2.TooManyRedirects("Exceeded maximum allowed redirects.")
