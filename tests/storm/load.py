"""People at work: each sends one thing after the other, again and again until it is answered."""

import threading
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import httpx2

from benchmarks.rows import isbns

PEOPLE = 4
BOOKS = 5  # that are ordered
COPIES = 10_000  # of each
PAUSE = 0.4  # seconds until the same thing is sent once more
ANSWERED_WITHIN = 120.0  # seconds; then it counts as never answered


@dataclass
class Sent:
    """One thing that was sent: what is to come of it, and what was answered."""

    kind: str
    path: str
    body: Any
    key: str
    is_file: bool = False
    tries: int = 0
    job: UUID | None = None
    answer: Any = None
    refusal: str = ""


@dataclass
class Person:
    number: int
    seed: int
    address: str
    token: str
    until: float
    sent: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(f"person {self.seed} {self.number}")
        self.next_isbn = self.number * 1_000_000
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self) -> None:
        while time.monotonic() < self.until:
            one = self.anything()
            self.sent.append(one)
            self.send(one)
            time.sleep(self.random.uniform(0.05, 0.6))

    def anything(self) -> Sent:
        kinds = {"users": 4, "scan": 6, "order": 8, "report": 2, "file": 2, "invitation": 2, "backup": 0.5}
        (kind,) = self.random.choices(list(kinds), list(kinds.values()))
        key = f"{self.seed}-{self.number}-{len(self.sent)}"
        return getattr(self, kind)(key)

    def users(self, key: str) -> Sent:
        return Sent("users", "/api/users/generate/", {"total": self.random.randrange(50, 3000)}, key)

    def scan(self, key: str) -> Sent:
        return Sent("scan", "/api/books/bulk-create", {"isbn": self.numbers(self.random.randrange(1, 60))}, key)

    def numbers(self, count: int) -> list[str]:
        self.next_isbn += count
        return isbns(self.next_isbn - count, count)

    def order(self, key: str) -> Sent:
        (book,) = isbns(9_000_000 + self.random.randrange(BOOKS), 1)
        return Sent("order", "/api/orders/", {"book": book, "quantity": self.random.randrange(1, 4)}, key)

    def report(self, key: str) -> Sent:
        body = {"language": "Python", "count": self.random.choice((30, 100, 250)), "mail": True}
        return Sent("report", "/api/reports/", body, key)

    def file(self, key: str) -> Sent:
        rows = self.numbers(self.random.randrange(20, 300))
        return Sent("file", "/api/books/files/?add=1", rows, key, is_file=True)

    def invitation(self, key: str) -> Sent:
        return Sent("invitation", "/api/users/invitations/", {"email": f"{key}@example.org"}, key)

    def backup(self, key: str) -> Sent:
        return Sent("backup", "/api/backups/", {}, key)

    def send(self, one: Sent) -> None:
        until = max(self.until, time.monotonic()) + ANSWERED_WITHIN
        headers = {"Authorization": f"Token {self.token}", "Idempotency-Key": one.key}
        while time.monotonic() < until:
            one.tries += 1
            try:
                if one.is_file:
                    text = "ISBN\n" + "\n".join(one.body) + "\n"
                    body: Any = {"files": {"file": (f"{one.key}.csv", text.encode())}}
                else:
                    body = {"json": one.body}
                answer = httpx2.post(self.address + one.path, headers=headers, timeout=30, **body)
            except httpx2.HTTPError:
                time.sleep(PAUSE)
                continue
            if answer.is_success:
                one.answer = answer.json()
                address = answer.headers.get("Location") or one.answer.get("job") or ""
                one.job = UUID(address.rstrip("/").rpartition("/")[2])
                return
            if answer.status_code < 500 and answer.status_code not in (409, 429):
                one.refusal = f"{answer.status_code} {answer.text}"
                return
            time.sleep(PAUSE)
        one.refusal = "It was never answered."
