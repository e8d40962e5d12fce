"""Open Library on loopback: as good, slow or odd as a test or a benchmark wants it, and it remembers who asked.

    with OpenLibrary(delay=0.2) as library:
        library.queue(status=429)                   # one odd answer, then good ones again
        library.records["9780140328721"] = {...}    # instead of the record it would make up
        library.unknown.add("9780000000002")

Runs alone too, until it is ended: `python -m tests.services.openlibrary --port 8123 --delay 0.2`.
"""

import argparse
import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

NO_ANSWER = 0  # a status: the connection is closed without a word


@dataclass(frozen=True)
class Asked:
    at: float  # time.monotonic()
    isbns: list[str]
    keys: list[str]  # as they were sent
    user_agent: str


@dataclass
class Odd:
    status: int = 200
    body: bytes | str = "{}"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0


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


class OpenLibrary:
    def __init__(self, delay: float = 0.0, port: int = 0) -> None:
        self.delay = delay
        self.requests: list[Asked] = []
        self.records: dict[str, Any] = {}  # by ISBN; others are made up
        self.unknown: set[str] = set()
        self.poison: set[str] = set()  # an ISBN that empties every answer it is part of
        self.always: Odd | None = None
        self._queue: deque[Odd] = deque()
        self._lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> "OpenLibrary":
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *fault: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def queue(self, **odd: Any) -> None:
        """Answer the next request so. Several are answered in their order."""
        self._queue.append(Odd(**odd))

    @property
    def user_agents(self) -> set[str]:
        return {asked.user_agent for asked in self.requests}

    def most_within(self, seconds: float) -> int:
        """The most requests that came within any stretch of so many seconds."""
        times = sorted(asked.at for asked in self.requests)
        return max((sum(start <= at < start + seconds for at in times) for start in times), default=0)

    def answer(self, asked: Asked) -> Odd:
        with self._lock:
            self.requests.append(asked)
            odd = self._queue.popleft() if self._queue else self.always
        if odd:
            return odd
        if self.poison & set(asked.isbns):
            return Odd()
        found = {key: self._record(isbn) for key, isbn in zip(asked.keys, asked.isbns, strict=True)}
        return Odd(body=json.dumps({key: record for key, record in found.items() if record is not None}))

    def _record(self, isbn: str) -> Any:
        if isbn in self.unknown:
            return None
        return self.records[isbn] if isbn in self.records else made_up(isbn)


def _handler(library: OpenLibrary) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            keys = query.get("bibkeys", [""])[0].split(",")
            isbns = [key.removeprefix("ISBN:") for key in keys]
            asked = Asked(time.monotonic(), isbns, keys, self.headers.get("User-Agent", ""))
            reply = library.answer(asked)
            time.sleep(reply.delay or library.delay)
            if reply.status == NO_ANSWER:
                self.close_connection = True
                return
            body = reply.body.encode() if isinstance(reply.body, str) else reply.body
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    return Handler


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
