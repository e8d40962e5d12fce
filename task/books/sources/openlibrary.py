"""Open Library's books API: 25 ISBNs a request, and every field of an answer may be missing, empty or odd."""

from collections.abc import Sequence, Set
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings

from task.books.models import Book
from task.books.sources.asking import refuse_bad
from task.books.sources.catalogue import editions
from task.books.sources.edition import Answer
from task.books.sources.openlibrary_record import NAME, record
from task.jobs import RetryLater
from task.jobs.services import rate_limit
from task.jobs.services.http import Reply, fetch, user_agent
from task.jobs.services.replies import as_json

# Open Library allows 1 request a second, 3 to a User-Agent with a contact; a little further apart, because the
# network does not deliver them as evenly as they leave.
SECONDS_A_REQUEST = 1.05
SECONDS_A_REQUEST_WITH_CONTACT = 0.36

CANARIES, NEWEST = 3, 100  # at most so many, among so many books that were found last


class OpenLibrary:
    key = "openlibrary"
    name = label = NAME
    is_local = False
    batch = 25
    gives = frozenset({"authors", "publish_date", "publishers", "cover_url"})
    keeps_raw = True
    missing = ""

    @property
    def seconds(self) -> float:
        return SECONDS_A_REQUEST_WITH_CONTACT if settings.CONTACT else SECONDS_A_REQUEST

    def look_up(self, isbns: Sequence[str]) -> Answer:
        """Ask with a canary: a book that it knows. When that comes back, what does not is not known there.

        Any fault inside Open Library empties the answer, so an empty one proves nothing by itself. Then books that it
        has answered before are asked for alone. Without one of them it is at fault; with one, something among `isbns`
        is, and fewer find it.
        """
        proven = [isbn for isbn in known_before() if isbn not in isbns][:CANARIES]
        canaries = proven or [isbn for isbn in probably_known() if isbn not in isbns][:1]
        records = ask([*isbns, *canaries[:1]])
        if not records and proven:
            known = ask(proven)
            if not known:
                raise RetryLater(f"{NAME} is having problems (it answers, but with nothing).")
            if key_of(proven[0]) not in known:  # that one is gone there, and proves nothing
                records = ask([*isbns, next(isbn for isbn in proven if key_of(isbn) in known)])
        return answer(records, isbns)


def known_before() -> list[str]:
    """ISBNs that it has had a record of, those of the newest books first."""
    found = Book.objects.filter(state=Book.State.FILLED).order_by("-id").values_list("isbn", "source")[:NEWEST]
    return [isbn for isbn, source in found if isbn and source == NAME]


def probably_known() -> list[str]:
    """ISBNs of the local catalogue, whose records are from there: for a desk that has had no answer yet."""
    return [isbn for isbn, edition in editions().items() if edition.outside_id]


def ask(isbns: Sequence[str]) -> dict[str, Any]:
    """The records by key, of those that it has. Raises RetryLater, once it may be asked again."""
    rate_limit.wait_for_turn(NAME, OpenLibrary().seconds)
    with rate_limit.block_if_unreachable(NAME):
        reply = fetch(address_of(isbns), headers={"User-Agent": user_agent(), "Accept": "application/json"})
    records = read(reply, {key_of(isbn) for isbn in isbns})
    rate_limit.clear(NAME)
    return records


def key_of(isbn: str) -> str:
    return f"ISBN:{isbn}"


def address_of(isbns: Sequence[str]) -> str:
    keys = ",".join(map(key_of, isbns))
    query = urlencode({"bibkeys": keys, "jscmd": "data", "format": "json"}, safe=":,", quote_via=quote)
    return f"{settings.OPENLIBRARY_URL}/api/books?{query}"


def read(reply: Reply, keys: Set[str]) -> dict[str, Any]:
    """The JSON object of a good answer to `keys`, which has no others.

    Raises RetryLater for any other answer; blocks the source where it asked for it.
    """
    refuse_bad(NAME, reply)
    if reply.status != 200:
        raise RetryLater(f"{NAME} is having problems (error {reply.status}).")
    records = as_json(reply)
    if not isinstance(records, dict) or records.keys() - keys:  # such as {"error": "timeout"}, with status 200
        raise RetryLater(f"{NAME} sent something that is not a list of books.")
    return records


# What an answer says


def answer(records: dict[str, Any], isbns: Sequence[str]) -> Answer:
    """By ISBN. Any fault inside Open Library empties the answer, so an empty one to several proves nothing."""
    if not records and len(isbns) > 1:
        return {}
    return {isbn: record(records[key_of(isbn)]) if key_of(isbn) in records else None for isbn in isbns}
