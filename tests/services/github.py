"""GitHub's search on loopback: pages, limits with their headers, odd answers, and it remembers who asked.

    with GitHub(limit=10, window=2) as github:
        github.queue(status=403, headers={"Retry-After": "1"})   # one odd answer, then good ones again
        github.pages[3] = [None, {"id": "x"}]                     # instead of the items it would make up
        github.secondary = {5}                                    # the fifth question meets the secondary limit

Times in GitHub's headers are whole seconds, so a window has at least one. Runs alone too, until it is ended:
`python -m tests.services.github --port 8124 --limit 10 --window 60`.
"""

import argparse
import json
import math
import time
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.services.stub import Odd, Stub

PAGE, MOST = 100, 1000
TOO_FAST = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
SPENT = "API rate limit exceeded for 127.0.0.1. (But here's the good news: Authenticated requests get a higher limit.)"


@dataclass
class Asked:
    at: float  # time.monotonic()
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    status: int = 0

    @property
    def page(self) -> int:
        return int(self.query.get("page", "1"))


def made_up(number: int, language: str = "Python") -> dict[str, Any]:
    """A repository with the fields that matter, written to the schema of GitHub's answers. 1 has the most stars."""
    owner, name = f"owner-{number % 37}", f"{'abcdefghij'[number % 10]}-project-{number}"
    return {
        "id": 10_000 + number,
        "name": name,
        "full_name": f"{owner}/{name}",
        "private": False,
        "owner": {"login": owner, "id": number % 37},
        "html_url": f"https://github.com/{owner}/{name}",
        "description": f"Project {number}, with “quotes”, 日本語 and a 🐍",
        "fork": False,
        "stargazers_count": int(200_000 / number**0.5),
        "forks_count": 9_000 // number,
        "language": language,
        "topics": ["python", f"topic-{number % 5}"],
        "license": {"key": "mit", "name": "MIT License", "spdx_id": "MIT"} if number % 3 else None,
        "pushed_at": f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}T12:00:00Z",
    }


class GitHub(Stub):
    content_type = "application/json; charset=utf-8"

    def __init__(self, limit: int = 1000, window: int = 1, total: int = 5_000, delay: float = 0, port: int = 0) -> None:
        super().__init__(delay, port)
        self.limit, self.window, self.total = limit, window, total
        self.pages: dict[int, list[Any]] = {}  # by number; others are made up
        self.incomplete: set[int] = set()  # pages that say so
        self.secondary: set[int] = set()  # which questions, from the first on, meet the secondary limit
        self.secondary_headers = {"Retry-After": "1"}
        self.token = ""  # the only one that it lets in; with none everybody
        self._used, self._reset = 0, 0

    @property
    def good(self) -> list[Asked]:
        """The requests that got a page."""
        return [asked for asked in self.requests if asked.status == 200]

    @property
    def refused(self) -> list[Asked]:
        return [asked for asked in self.requests if asked.status in (403, 429)]

    def reset_counts(self) -> None:
        with self._lock:
            self.requests.clear()
            self._queue.clear()
            self._used = self._reset = 0

    def asked(self, path: str, headers: Message) -> Asked:
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return Asked(time.monotonic(), parts.path, query, {name.lower(): value for name, value in headers.items()})

    def answer(self, asked: Asked) -> Odd:
        with self._lock:
            self.requests.append(asked)
            reply = self._reply(asked)
            asked.status = reply.status
            return reply

    def _reply(self, asked: Asked) -> Odd:
        if odd := self.odd():
            return odd
        if asked.path != "/search/repositories":
            return said(404, "Not Found")
        if self.token and asked.headers.get("authorization") != f"Bearer {self.token}":
            return said(401, "Bad credentials")
        if len(self.requests) in self.secondary:
            return said(403, TOO_FAST, **self.secondary_headers)
        if time.time() >= self._reset:
            self._used, self._reset = 0, math.floor(time.time()) + self.window
        left = self.limit - self._used - 1
        self._used += 1
        limits = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, left)),
            "X-RateLimit-Reset": str(self._reset),
            "X-RateLimit-Resource": "search",
        }
        if left < 0:
            return said(403, SPENT, **limits)
        if asked.page * PAGE > MOST:
            return said(422, "Only the first 1000 search results are available", **limits)
        body = {
            "total_count": self.total,
            "incomplete_results": asked.page in self.incomplete,
            "items": self.pages.get(asked.page, self._made_up(asked.page)),
        }
        return Odd(body=json.dumps(body), headers=limits)

    def _made_up(self, page: int) -> list[Any]:
        return [made_up(n) for n in range(PAGE * (page - 1) + 1, min(PAGE * page, self.total) + 1)]


def said(status: int, message: str, **headers: str) -> Odd:
    return Odd(status, json.dumps({"message": message, "documentation_url": "https://docs.github.com"}), headers)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--port", type=int, default=8124)
    arguments.add_argument("--limit", type=int, default=10)
    arguments.add_argument("--window", type=int, default=60)
    arguments.add_argument("--delay", type=float, default=0.2)
    chosen = arguments.parse_args()
    github = GitHub(chosen.limit, chosen.window, delay=chosen.delay, port=chosen.port)
    print(github.url, flush=True)  # noqa: T201
    github.server.serve_forever()


if __name__ == "__main__":
    main()
