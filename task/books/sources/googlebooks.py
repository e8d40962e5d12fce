"""Google Books, with a key of the operator's own: without one all the world shares a quota that is mostly used up.

Its terms leave little room for keeping: its raw answers and covers are kept only where GOOGLE_BOOKS_KEEP is on.
"""

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from task.books.isbn import compact
from task.books.isbn.numbers import isbn13_of
from task.books.sources.asking import asked_to_wait, failing, pause, request
from task.books.sources.edition import Answer, Blank, Edition, Unreadable, each_once, named
from task.books.sources.languages import language_of
from task.books.sources.texts import clean, clean_pages, clean_url, is_no_name, is_no_title
from task.jobs.services import rate_limit
from task.jobs.services.http import Reply
from task.jobs.services.replies import as_json

NAME = "Google Books"
A_DAY = 6 * 3600.0  # its day ends at midnight in California: until then it is asked now and then
GIVES = frozenset({"authors", "publish_date", "publishers", "language"})


class GoogleBooks:
    key = "googlebooks"
    name = label = NAME
    is_local = False
    seconds = 1.0
    batch = 1

    @property
    def gives(self) -> frozenset[str]:
        return GIVES | {"cover_url"} if self.keeps_raw else GIVES

    @property
    def keeps_raw(self) -> bool:
        return bool(settings.GOOGLE_BOOKS_KEEP)

    @property
    def missing(self) -> str:
        return "" if settings.GOOGLE_BOOKS_KEY else "GOOGLE_BOOKS_KEY"

    def look_up(self, isbns: Sequence[str]) -> Answer:
        return {isbn: self.look_up_one(isbn) for isbn in isbns}

    def look_up_one(self, isbn: str) -> Edition | Unreadable | None:
        address = f"{settings.GOOGLE_BOOKS_URL}/volumes?{urlencode({'q': f'isbn:{isbn}', 'maxResults': '5'})}"
        # In a header: addresses are written to logs.
        key = {"X-Goog-Api-Key": settings.GOOGLE_BOOKS_KEY}
        reply = request(NAME, address, self.seconds, "application/json", key)
        refuse_quota(reply)
        found = as_json(reply)
        if reply.status != 200 or not isinstance(found, dict):
            raise failing(NAME, f"{NAME} is having problems (error {reply.status}).")
        rate_limit.clear(NAME)
        items = found.get("items")
        volumes = [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []
        own = [each for each in volumes if isbn in isbns_of(info(each))]
        return edition(own[0], self.keeps_raw) if own else None


def refuse_quota(reply: Reply) -> None:
    """A used-up quota comes as 429, 403 or 400, and only its words tell a day from a minute. Raises Snooze."""
    if reply.status not in (400, 401, 403, 429):
        return
    fault = as_json(reply)
    words = str(fault.get("error", {}) if isinstance(fault, dict) else "")[:5_000]
    if re.search(r"per day|dailyLimit", words):
        raise pause(NAME, f"{NAME} has answered as often as it does in a day.", None, A_DAY)
    if reply.status == 429 or re.search(r"rateLimit|quota", words, re.IGNORECASE):
        raise pause(NAME, asked_to_wait(NAME), None, 60)
    reason = f"{NAME} refuses our requests (error {reply.status}). An administrator should check GOOGLE_BOOKS_KEY."
    raise pause(NAME, reason, None, 600)


def info(volume: dict[str, Any]) -> dict[str, Any]:
    found = volume.get("volumeInfo")
    return found if isinstance(found, dict) else {}


def isbns_of(found: dict[str, Any]) -> set[str]:
    """It answers other books, too: one that does not name the ISBN is none."""
    listed = found.get("industryIdentifiers")
    entries = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return {isbn13_of(compact(str(each.get("identifier", ""))[:20]).upper()) for each in entries}


def edition(volume: dict[str, Any], keeps: bool) -> Edition | Unreadable:
    found = info(volume)
    title = clean(found.get("title"), 1000)
    authors = [author for author in texts(found.get("authors")) if not is_no_name(author)]
    if is_no_title(title, has_author=bool(authors)):
        return Blank(f"{NAME} knows this ISBN, but has no title for it.")
    identity = clean(volume.get("id"), 100)
    pictures = found.get("imageLinks")
    picture = pictures.get("thumbnail") if keeps and isinstance(pictures, dict) else ""
    return Edition(
        title=title,
        subtitle=clean(found.get("subtitle"), 1000),
        authors=each_once(name for author in authors if (name := named(author))),
        pages=clean_pages(found.get("pageCount")),
        publish_date=clean(found.get("publishedDate"), 100),
        publishers=[name for name in [clean(found.get("publisher"), 300)] if name],
        language=language_of(clean(found.get("language"), 10)),
        cover_url=clean_url(str(picture).replace("http:", "https:", 1).replace("&edge=curl", "")) if picture else "",
        outside_id=identity,
        outside_url=f"https://books.google.com/books?id={identity}" if re.fullmatch(r"[\w-]{1,40}", identity) else "",
        source=NAME,
        raw=json.dumps(volume, ensure_ascii=False) if keeps else "",
    )


def texts(found: Any) -> list[str]:
    return [text for each in (found if isinstance(found, list) else [found]) if (text := clean(each, 300))]
