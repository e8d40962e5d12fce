"""A desk with all its processes, a local Open Library, and somebody at the browser."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.desk import Desk
from tests.processes import wait_until
from tests.services.openlibrary import OpenLibrary

DELAY = 0.2  # seconds that the local Open Library takes to answer, as the real one does
WORKERS = os.environ.get("WORKERS", "2")  # processes of the worker


@dataclass
class Bench:
    desk: Desk
    library: OpenLibrary
    browser: "Browser"


class Browser:
    """A signed-in person: cookies, CSRF tokens, forms."""

    def __init__(self, address: str) -> None:
        self.line = httpx2.Client(base_url=address, timeout=60)

    def hidden(self, path: str) -> dict[str, str]:
        page = self.line.get(path).text
        names = ("csrfmiddlewaretoken", "form_token")
        return {n: found[1] for n in names if (found := re.search(rf'name="{n}" value="([^"]+)"', page))}

    def send(self, path: str, **fields: str) -> float:
        """Send a form; the seconds until it answered."""
        fields |= self.hidden(path)
        began = time.perf_counter()
        reply = self.line.post(path, data=fields)
        seconds = time.perf_counter() - began
        assert reply.status_code == 302, reply.text
        return seconds

    def another(self, path: str) -> Callable[..., tuple[int, float]]:
        """The same person at another line, before a form: sends it, and returns the status and the seconds."""
        line = httpx2.Client(base_url=self.line.base_url, timeout=60, cookies=self.line.cookies)
        hidden = self.hidden(path)

        def send(**fields: str) -> tuple[int, float]:
            began = time.perf_counter()
            reply = line.post(path, data={**hidden, **fields})
            return reply.status_code, time.perf_counter() - began

        return send


@contextmanager
def running_desk(folder: Path, database: str = "") -> Iterator[Bench]:
    with OpenLibrary(delay=DELAY) as library:
        environment = {"DATABASE_URL": database} if database else {}
        if broker := os.environ.get("CELERY_BROKER_URL"):
            environment["CELERY_BROKER_URL"] = broker
        os.environ |= environment
        environment |= {
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "OPENLIBRARY_URL": library.url,
            "CONTACT": "bench@example.org",
            "WORKERS": WORKERS,
            "API_REQUESTS_A_MINUTE": "1000000",
        }
        desk = Desk(folder, **environment)
        os.environ |= {"LOCAL": "1", "PORT": str(desk.port), "CONTACT": "bench@example.org"}
        try:
            desk.start().wait_ready(600)
            browser = Browser(f"http://localhost:{desk.port}")
            password = os.urandom(12).hex()
            browser.send(
                "/accounts/signup/", username="bench", email="bench@example.org", password1=password, password2=password
            )
            import django

            django.setup()
            yield Bench(desk, library, browser)
        finally:
            desk.end()


def median_of(times: int, action: Callable[[], Any]) -> float:
    """The median of the seconds that `action` takes, after one time to warm up."""
    action()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        taken.append(time.perf_counter() - began)
    return sorted(taken)[len(taken) // 2]


def pool(desk: Bench) -> list[int]:
    main = desk.desk.main_process("worker")
    return [pid for pid, command in desk.desk.processes().items() if "worker" in command and parent_of(pid) == main]


def fresh_pool(desk: Bench) -> None:
    before = set(pool(desk))
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(set(pool(desk)) - before) >= len(before))


def parent_of(pid: int) -> int:
    return int(status(pid).get("PPid", 0))


def peak_mb(pid: int) -> float:
    return int(status(pid)["VmHWM"].split()[0]) / 1024


def status(pid: int) -> dict[str, Any]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def rss_mb(pid: int) -> float:
    return int(status(pid)["VmRSS"].split()[0]) / 1024


def start_of_peak(pid: int) -> None:
    """From here on its peak is told."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
