"""What the first record lacks is asked of the sources behind it: a job behind all look-ups, once a source and book.

Only empty fields that nobody has locked are filled in, and nothing is taken away. One source after the other is asked
about all the books. Those of a source that is away stay due: the night asks it again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from django.db.models import QuerySet

from task.books.changes import first_given
from task.books.covers.tasks import fetch_behind
from task.books.filing import refile
from task.books.fill import link, plain_columns
from task.books.models import Author, Book, BookAuthor, SourceAnswer
from task.books.names import upsert
from task.books.record import OF_SOURCES
from task.books.said import count_said, write_said
from task.books.search import index
from task.books.sources import SOURCES, Edition, Source, in_order
from task.books.sources.edition import WANTED
from task.books.stages import Asked, Said, ask_sources, wants_a_moment
from task.jobs import Run, job

A_NIGHT = 5_000  # books, which are 500 requests of each source
CLEARED = 500  # books that one step is done with


def due(**of: str) -> "QuerySet[Book]":
    """Books whose next sources are to be asked: those of this job (`job` or `refresh_job`), or all."""
    books: QuerySet[Book] = Book.objects.filter(**{name: key for name, key in of.items() if key}, more_due=True)
    return books.order_by("id").only("isbn", "source", "locked", *(name for name in WANTED if name != "authors"))


def ask_behind(**of: UUID) -> None:
    """Within the end of a look-up: a follow-up job asks the next sources for its books, if any lacks something."""
    names = {name: str(key) for name, key in of.items()}
    if due(**names).exists():
        ask_more.delay(**names)


@dataclass
class Question:
    """What one source says of books that lack something; without one, books for which no source is left."""

    books: list[Book]
    found: dict[int, Edition] = field(default_factory=dict)  # by the book's pk
    said: dict[int, list[Said]] = field(default_factory=dict)
    is_end: bool = False


@job("books.ask_more", title="Ask more sources for what books lack", label="Ask more sources", starts_within=3600)
def ask_more(run: Run, job: Annotated[str, None] = "", refresh_job: Annotated[str, None] = "") -> None:
    books = due(job=job, refresh_job=refresh_job)
    is_night = not (job or refresh_job)
    if is_night and (end := books.values_list("pk", flat=True)[A_NIGHT - 1 : A_NIGHT].first()):
        books = books.filter(pk__lte=end)
    for question in run.walk(lambda cursor: questions(books, cursor), total=books.count()):
        with run.step(done=len(question.books) if question.is_end else 0) as tally:
            if question.is_end:
                Book.objects.filter(pk__in=[book.pk for book in question.books]).update(more_due=False)
                continue
            filled = write(question, run.job.pk)
            tally["fields"] += len(filled)
            tally["covers"] += filled.count("cover_url")
    fields = run.tally["fields"]
    with run.finish(f"{fields:,} empty field{'' if fields == 1 else 's'} filled in."):
        if run.tally["covers"] and not is_night:
            fetch_behind(job=job, refresh_job=refresh_job)


def questions(books: "QuerySet[Book]", cursor: Any) -> Iterator[tuple[Question, Any]]:
    """Each source in turn about all of these books, as many at once as it takes.

    The cursor: the keys of the sources, whose turn it is, and the last book that it was asked for.
    """
    keys, at, last = cursor or [[source.key for source in in_order()], 0, 0]
    order = [SOURCES[key] for key in keys]
    while at < len(order):
        source = order[at]
        some = list(books.filter(pk__gt=last)[: source.batch])
        wanted = left(some, order)
        if these := [book for book in some if source in wanted[book.pk]]:
            if asked := ask(source, these):
                yield asked, [keys, at, some[-1].pk]
            else:
                some = []
        at, last = (at, some[-1].pk) if some else (at + 1, 0)
    while some := list(books.filter(pk__gt=last)[:CLEARED]):
        last = some[-1].pk
        wanted = left(some, order)
        yield Question([book for book in some if not wanted[book.pk]], is_end=True), [keys, at, last]


def ask(source: Source, books: list[Book]) -> Question | None:
    """None: it is away. Raises Snooze where its turn only comes later."""
    numbers = {str(book.isbn): book.pk for book in books}
    asked = ask_alone(source, list(numbers))
    if asked is None:
        return None
    for isbn in numbers.keys() - asked.answer.keys():  # it was not sure of several
        one = ask_alone(source, [isbn])
        if one is None:
            return None
        one.settle(isbn, [source])
        asked.answer |= one.answer
        asked.said |= one.said
    found = {numbers[isbn]: each for isbn, each in asked.answer.items() if isinstance(each, Edition)}
    return Question(books, found, {numbers[isbn]: said for isbn, said in asked.said.items()})


def ask_alone(source: Source, isbns: list[str]) -> Asked | None:
    asked = ask_sources(isbns, [source])
    if asked.fault and wants_a_moment(source, asked.fault):
        raise asked.fault
    return None if asked.fault else asked


def write(question: Question, job_id: UUID) -> list[str]:
    """Inside a step: the fields that were filled in. In the order that all steps keep: authors, books, links."""
    keys = upsert(Author, list(question.found.values()), "authors")
    locked = Book.objects.filter(pk__in=question.said, state=Book.State.FILLED).order_by("pk").select_for_update()
    books = list(locked)
    lacking = lacks(books)
    heard = {book.pk: question.said[book.pk] for book in books}
    filled: list[str] = []
    for book in books:
        if edition := question.found.get(book.pk):
            filled += fill_in(book, edition, lacking[book.pk], keys)
    refile(question.found)
    index(question.found)
    write_said(heard)
    count_said(heard.values(), job_id)
    return filled


def fill_in(book: Book, edition: Edition, lacking: set[str], keys: dict[str, int]) -> list[str]:
    """What a book lacks, and this edition has."""
    empty = sorted(name for name in lacking if getattr(edition, name))
    if not empty:
        return []
    plain = {name: value for name, value in plain_columns(edition, book.locked).items() if name in empty}
    if "cover_url" in plain:
        plain["cover_due"] = True
    given = dict.fromkeys((name for name in empty if name in OF_SOURCES), edition.source)
    Book.objects.filter(pk=book.pk).update(**plain, given=book.given | given)
    if "authors" in empty:
        link(BookAuthor, {book.pk: edition}, "authors", keys)
    first_given(book.pk, edition, empty).save()
    return empty


def left(books: Sequence[Book], order: Sequence[Source]) -> dict[int, list[Source]]:
    """By the book's pk: the sources behind its own that may have what it lacks, and have not been asked."""
    keys = [book.pk for book in books]
    asked = set(SourceAnswer.objects.filter(book__in=keys).values_list("book", "source"))
    lacking = lacks(books)
    names = [source.name for source in order]
    behind = {book.pk: order[names.index(book.source) + 1 :] if book.source in names else order for book in books}
    return {
        pk: [source for source in behind[pk] if lacking[pk] & source.gives and (pk, source.name) not in asked]
        for pk in keys
    }


def lacks(books: Sequence[Book]) -> dict[int, set[str]]:
    """By the book's pk: the wanted fields that are empty, and that nobody has locked."""
    links = BookAuthor.objects.filter(book__in=[book.pk for book in books])
    with_authors = set(links.values_list("book", flat=True))
    return {
        book.pk: {
            name
            for name in WANTED
            if name not in book.locked and not (book.pk in with_authors if name == "authors" else getattr(book, name))
        }
        for book in books
    }
