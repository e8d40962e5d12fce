"""Covers are fetched behind the look-up that found their address, and what is left by night."""

import time
from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

from django.db.models import QuerySet

from task.books.changes import cover_changed
from task.books.covers import files
from task.books.covers.fetching import NAME, fetch_cover
from task.books.covers.pictures import NoCover, make
from task.books.models import Book
from task.books.sources import ask_a_network
from task.jobs import Fail, RetryLater, Run, Snooze, job
from task.jobs.services import rate_limit

A_NIGHT = 5_000  # at most, an hour and a half at the pace of their host
OLD = 86_400.0  # seconds after which a file that no book names is nobody's that is being saved


def due(**of: str) -> "QuerySet[Book]":
    """Books whose cover is to be fetched: those of this job (`job` or `refresh_job`), or all."""
    books: QuerySet[Book] = Book.objects.filter(**{name: key for name, key in of.items() if key}, cover_due=True)
    return books.order_by("id").only("cover", "cover_url")


def fetch_behind(**of: UUID | str) -> None:
    """Within the end of a look-up: a follow-up job fetches the covers of its books, if there are any."""
    names = {name: str(key) for name, key in of.items() if key}
    if ask_a_network() and due(**names).exists():
        fetch_covers.delay(**names)


def title_of(job: str = "", refresh_job: str = "") -> str:
    return "Fetch covers" if job or refresh_job else "Fetch covers that are missing"


@job("books.fetch_covers", title=title_of, label="Fetch covers", starts_within=3600)
def fetch_covers(run: Run, job: Annotated[str, None] = "", refresh_job: Annotated[str, None] = "") -> str:
    """Whoever is not reached now is asked again by night: a cover is no reason for a job that failed."""
    reasons: list[str] = []
    books = due(job=job, refresh_job=refresh_job)
    for book, name in run.until_done(covers(run, books, reasons), total=min(books.count(), A_NIGHT)):
        with run.step(done=1) as tally:
            write(book, name)
            tally["fetched" if name else "none"] += 1
    return " ".join([outcome(run.tally), *(f"{reason} The others are fetched tonight." for reason in reasons)])


def covers(run: Run, books: "QuerySet[Book]", reasons: list[str]) -> Iterator[tuple[Book, str]]:
    """(a book, the name of its cover or ""), until none is left or their host can't be asked: the reason then."""
    while ask_a_network() and run.job.done < A_NIGHT and (book := books.all().first()):
        try:
            name = files.save(fetch_cover(book.cover_url), files.FETCHED)
        except NoCover:
            name = ""
        except RetryLater as fault:
            if isinstance(fault, Snooze) and not rate_limit.is_doubtful(NAME):
                raise  # others are at it: its turn comes
            reasons.append(str(fault))
            return
        yield book, name


def write(book: Book, name: str) -> None:
    """Where its address is the same still, and nobody has given it a cover of its own meanwhile."""
    same = Book.with_removed.filter(pk=book.pk, cover_url=book.cover_url).exclude(cover__startswith=files.OWN)
    same.update(cover_due=False, **({"cover": name} if name else {}))
    Book.with_removed.filter(pk=book.pk, cover__startswith=files.OWN).update(cover_due=False)


def fetch_again() -> None:
    """After a restore: the files are in no backup, and are fetched by night."""
    Book.with_removed.filter(cover__startswith=f"{files.FETCHED}/").update(cover="", cover_due=True)


def outcome(tally: Any) -> str:
    fetched, none = tally["fetched"], tally["none"]
    words = f"{fetched:,} cover{'' if fetched == 1 else 's'} fetched"
    return f"{words}, {none:,} book{'' if none == 1 else 's'} without one." if none else f"{words}."


@job("books.make_cover", title="Make the cover of {number}", label="Make a cover", starts_within=600)
def make_cover(run: Run, number: str) -> None:
    """Of a picture that somebody sent. From then on no source gives the book another one."""
    path = files.sent(run.job.pk)
    try:
        name = files.save(make(path.read_bytes()), files.OWN)
    except FileNotFoundError:
        raise Fail("The picture is gone. Send it again.") from None
    except NoCover as why:
        raise Fail(str(why)) from None
    with run.finish("The cover is saved."):
        give(number, name, run.job.owner_id)
    path.unlink(missing_ok=True)


def give(number: str, name: str, by: Any) -> None:
    """The book its own cover, in a transaction."""
    book = Book.with_removed.select_for_update().filter(number=number).only("cover").first()
    if book is None:
        return
    Book.with_removed.filter(pk=book.pk).update(cover=name, cover_due=False)
    if book.cover != name:
        cover_changed(book.pk, "replaced" if book.cover else "added", by)


@job("books.remove_covers", title="Remove covers that no book has", label="Remove covers")
def remove_covers(run: Run) -> str:
    """Of books that have another one now, or are gone for good. A new file's book may be about to be saved."""
    for (folder,) in run.batches(files.folders(), size=1):
        paths = [path for path in folder.glob("*") if time.time() - path.stat().st_mtime > OLD]
        names = {path: files.name_of(path) for path in paths}
        kept = set(Book.with_removed.filter(cover__in=set(names.values()) - {""}).values_list("cover", flat=True))
        gone = [path for path, name in names.items() if name not in kept]
        for path in gone:
            path.unlink(missing_ok=True)
        with run.step() as tally:
            tally["files"] += len(gone)
    count = run.tally["files"]
    return f"{count:,} file{'' if count == 1 else 's'} removed."
