"""Open Library on loopback: as good, slow or odd as a test or a benchmark wants it, and it remembers who asked.

    with OpenLibrary(delay=0.2) as library:
        library.queue(status=429)                   # one odd answer, then good ones again
        library.records["9780140328721"] = {...}    # instead of the record it would make up
        library.unknown.add("9780000000002")

Runs alone too, until it is ended: `python -m tests.services.openlibrary --port 8123 --delay 0.2`.
"""

import argparse
import json
import time
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.services.stub import Odd, Stub


@dataclass(frozen=True)
class Asked:
    at: float  # time.monotonic()
    isbns: list[str]
    keys: list[str]  # as they were sent
    user_agent: str


def made_up(isbn: str) -> dict[str, Any]:
    """A record with every field, written to the schema of Open Library's answers."""
    number = int(isbn[3:12])
    edition, author = f"OL{number}M", f"OL{number % 97 + 1}A"
    subjects = [f"Subject {number % 31}", f"Subject {number % 17 + 40}"]
    return {
        "url": f"https://openlibrary.org/books/{edition}/Book_{number}",
        "key": f"/books/{edition}",
        "title": f"Book {number}",
        "subtitle": "a made-up one",
        "authors": [{"url": f"https://openlibrary.org/authors/{author}/Author", "name": f"Author {number % 97}"}],
        "number_of_pages": 100 + number % 900,
        "identifiers": {"isbn_13": [isbn], "openlibrary": [edition]},
        "publishers": [{"name": f"Publisher {number % 7}"}],
        "publish_date": str(1950 + number % 70),
        "subjects": [_subject(name) for name in subjects],
        "subject_people": [_subject(f"Person {number % 13}", "person:")],
        "cover": {"large": f"https://covers.openlibrary.org/b/id/{number}-L.jpg"},
    }


def _subject(name: str, kind: str = "") -> dict[str, str]:
    slug = name.lower().replace(" ", "_")
    return {"name": name, "url": f"https://openlibrary.org/subjects/{kind}{slug}"}


class OpenLibrary(Stub):
    def __init__(self, delay: float = 0.0, port: int = 0) -> None:
        super().__init__(delay, port)
        self.records: dict[str, Any] = {}  # by ISBN; others are made up
        self.unknown: set[str] = set()
        self.has_covers = False  # whether the records that it makes up name one
        self.poison: set[str] = set()  # an ISBN that empties every answer it is part of

    @property
    def user_agents(self) -> set[str]:
        return {asked.user_agent for asked in self.requests}

    def most_within(self, seconds: float) -> int:
        """The most requests that came within any stretch of so many seconds."""
        times = sorted(asked.at for asked in self.requests)
        return max((sum(start <= at < start + seconds for at in times) for start in times), default=0)

    def asked(self, path: str, headers: Message) -> Asked:
        keys = parse_qs(urlsplit(path).query).get("bibkeys", [""])[0].split(",")
        isbns = [key.removeprefix("ISBN:") for key in keys]
        return Asked(time.monotonic(), isbns, keys, headers.get("User-Agent", ""))

    def answer(self, asked: Asked) -> Odd:
        with self._lock:
            self.requests.append(asked)
            odd = self.odd()
        if odd:
            return odd
        if self.poison & set(asked.isbns):
            return Odd()
        found = {key: self._record(isbn) for key, isbn in zip(asked.keys, asked.isbns, strict=True)}
        return Odd(body=json.dumps({key: record for key, record in found.items() if record is not None}))

    def _record(self, isbn: str) -> Any:
        if isbn in self.unknown:
            return None
        if isbn in self.records:
            return self.records[isbn]
        record = made_up(isbn)
        return record if self.has_covers else {name: value for name, value in record.items() if name != "cover"}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--port", type=int, default=8123)
    arguments.add_argument("--delay", type=float, default=0.2)
    chosen = arguments.parse_args()
    library = OpenLibrary(delay=chosen.delay, port=chosen.port)
    print(library.url, flush=True)  # noqa: T201
    library.server.serve_forever()


if __name__ == "__main__":
    main()
