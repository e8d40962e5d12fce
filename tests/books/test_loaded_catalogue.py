"""The local catalogue at full size: what a look-up has of it, and what staff see of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from task.books import more
from task.books.models import Book, SourceState
from task.books.sources import chosen, in_order
from task.books.sources.dumps import postgres, sqlite, store, stores
from task.books.sources.dumps.look_up import Question
from task.books.sources.dumps.tasks import load_catalogue
from task.books.stages import ask_through
from task.books.standing.states import standings
from task.jobs import RetryLater
from task.jobs.engine.executor import execute
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.api.conftest import program as program
from tests.books.conftest import isbns, scan
from tests.books.loading import bare, load, look_up, of_both, of_sqlite, remove_all
from tests.books.loading import dump as dump
from tests.books.loading import folder as folder
from tests.books.test_more import poor
from tests.books.test_standing import staff as staff
from tests.books.test_standing import text
from tests.services import dumps
from tests.services.openlibrary import OpenLibrary

pytestmark = of_both


# Which record of several


def one(folder: Path, *lines: str) -> Any:
    """What the ISBN of edition 1 has, of these lines."""
    assert load(dumps.packed(folder / "some.txt.gz", lines)).state == "succeeded"
    return look_up(dumps.isbn_of(1))


def test_of_two_editions_the_one_that_says_more_answers_then_the_newer(folder: Path) -> None:
    fuller = dumps.line(bare(2, publishers=["Somebody"]), modified="2010-01-01T00:00:00")
    assert one(folder, dumps.line(bare(3, title="")), fuller, dumps.line(bare(4))).title == "Title 2"
    newer = dumps.line(bare(5, publishers=["Else"]), modified="2020-01-01T00:00:00")
    assert one(folder, newer, fuller, dumps.line(bare(4))).title == "Title 5"


def test_the_latest_revision_of_a_key_counts(folder: Path) -> None:
    lines = [dumps.line(bare(2, title=f"Revision {n}", pagination="9 p." * (n == 7)), revision=n) for n in (7, 12, 9)]
    assert one(folder, *lines).title == "Revision 12"


def test_what_is_deleted_or_has_become_another_does_not_answer(folder: Path) -> None:
    lines = [dumps.line(bare(2)), dumps.line(bare(3)), dumps.line(bare(4))]
    gone = [dumps.deleted("/books/OL4M"), dumps.redirect("/books/OL3M", "/books/OL2M")]
    assert one(folder, *gone, *lines).title == "Title 2"
    assert one(folder, *lines, *gone, dumps.deleted("/books/OL2M")) is None
    assert one(folder, *lines, *gone, dumps.deleted("/books/OL2M", revision=2)).title == "Title 2", "It came back."


def test_works_and_authors_are_found_where_they_have_moved(folder: Path) -> None:
    found = one(
        folder,
        dumps.line(bare(2, works=[{"key": "/works/OL1W"}])),
        dumps.redirect("/works/OL1W", "/works/OL2W"),
        dumps.redirect("/works/OL2W", "/works/OL1W"),  # in a circle, beside the record
        dumps.line(dumps.work(2, authors=[{"author": {"key": "/authors/OL7A"}}], subjects=["Sea"])),
        dumps.redirect("/authors/OL7A", "/authors/OL8A"),
        dumps.redirect("/authors/OL8A", "/authors/OL9A"),
        dumps.line(dumps.author(9, name="Ada Wrote")),
    )
    assert [(each.key, each.name) for each in found.authors] == [("/authors/OL9A", "Ada Wrote")]
    assert [each.key for each in found.subjects] == ["/subjects/sea"]
    circle = [dumps.redirect("/works/OL1W", "/works/OL2W"), dumps.redirect("/works/OL2W", "/works/OL1W")]
    assert one(folder, dumps.line(bare(2, works=[{"key": "/works/OL1W"}])), *circle).title == "Title 2"


# Look-ups


def test_a_scan_is_answered_without_a_network_and_what_is_not_there_by_the_next(
    dump: list[Path], library: OpenLibrary, settings: Any
) -> None:
    load(*dump)
    settings.SOURCES = ("catalogue", "openlibrary")
    known = [dumps.isbn_of(number) for number in range(30)]
    execute(scan(known).pk)
    assert set(Book.objects.values_list("state", "source")) == {("filled", "the local catalogue")}
    assert library.requests == [], "What they lack is asked for behind it."
    scan(isbns(1))
    execute_all()
    assert Book.objects.get(isbn=isbns(1)[0]).source == "Open Library"


def test_a_desk_that_asks_nothing_but_its_own_catalogue_asks_nobody(
    dump: list[Path], library: OpenLibrary, settings: Any
) -> None:
    load(*dump)
    settings.SOURCES = ("catalogue",)
    scan([dumps.isbn_of(1), *isbns(1)])
    execute_all()
    assert set(Book.objects.values_list("state", flat=True)) == {"filled", "not_found"}
    assert Book.objects.get(state="not_found").reason == "The local catalogue does not have this book."
    assert set(Job.objects.values_list("kind", flat=True)) == {"books.load_catalogue", "books.look_up"}
    assert library.requests == []


def test_a_loaded_catalogue_comes_first_unless_the_operator_chose(dump: list[Path], settings: Any) -> None:
    settings.SOURCES_ARE_DEFAULT = True
    assert [source.key for source in chosen()] == ["openlibrary", "catalogue"]
    load(*dump)
    assert [source.key for source in chosen()] == ["catalogue", "openlibrary"]
    settings.SOURCES_ARE_DEFAULT = False
    assert [source.key for source in chosen()] == ["openlibrary", "catalogue"]


@of_sqlite
def test_a_look_up_reads_as_much_of_a_large_catalogue_as_of_a_small_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def statements(count: int) -> int:
        load(*dumps.write(folder, count))
        seen: list[str] = []
        with sqlite.opened() as found:
            found.connection.set_trace_callback(seen.append)
            assert Question(found, "x").edition(dumps.isbn_of(1)) is not None
            plans = [found.connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall() for sql in set(seen)]
        assert all("SCAN" not in step[3] for plan in plans for step in plan)
        return len(seen)

    assert statements(20) == statements(2_000) < 12


def test_a_book_is_not_taken_of_the_catalogue_that_follows_in_the_middle_of_a_look_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place of its record is another one's there."""
    load(dumps.packed(folder / "old.txt.gz", [dumps.line(bare(2, isbn_13=[dumps.isbn_of(2)])), dumps.line(bare(1))]))
    newer = dumps.packed(folder / "new.txt.gz", [dumps.line(bare(1)), dumps.line(bare(3, isbn_13=[dumps.isbn_of(3)]))])
    places, loads = stores.Store.places, []

    def switched(self: stores.Store, *args: Any) -> list[int]:
        found = places(self, *args)
        if not loads:
            loads.append(load(newer))
        return found

    monkeypatch.setattr(stores.Store, "places", switched)
    assert look_up(dumps.isbn_of(1)).title == "Title 1"
    assert [job.state for job in loads] == ["succeeded"]


def test_a_catalogue_that_is_replaced_all_the_time_is_asked_later(
    dump: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    load(*dump)
    turns = iter(range(100))
    monkeypatch.setattr(stores.Store, "facts", lambda self: {"at": next(turns)})
    with pytest.raises(RetryLater, match="being replaced"):
        look_up(dumps.isbn_of(1))


def broken() -> None:
    if connection.vendor == "sqlite":
        sqlite.path().write_bytes(b"SQLite format 3\0" + b"x" * 5_000)
    else:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {postgres.IN_PLACE}.isbn RENAME TO gone")


def test_no_book_is_not_found_because_the_catalogue_cannot_be_read(dump: list[Path], settings: Any) -> None:
    load(*dump)
    settings.SOURCES = ("catalogue",)
    broken()
    job = scan([dumps.isbn_of(1), *isbns(1)])
    execute(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == ("queued", "The local catalogue can’t be read.")
    assert set(Book.objects.values_list("state", flat=True)) == {"waiting"}


def test_where_others_answer_it_is_passed_over(dump: list[Path], library: OpenLibrary, settings: Any) -> None:
    load(*dump)
    settings.SOURCES = ("catalogue", "openlibrary")
    broken()
    known, unknown = isbns(2)
    library.unknown.add(unknown)
    scan([known, unknown])
    execute_all()
    assert Book.objects.get(isbn=known).source == "Open Library"
    book = Book.objects.get(isbn=unknown)
    assert (book.state, book.reason) == (
        "not_found",
        "Open Library does not have this book. The local catalogue did not answer.",
    )


def test_a_book_of_it_is_not_looked_up_anew_elsewhere_alone(
    dump: list[Path], library: OpenLibrary, settings: Any
) -> None:
    """Nobody else has it, and its own record may be hidden."""
    load(*dump)
    settings.SOURCES = ("catalogue", "openlibrary")
    isbn = dumps.isbn_of(1)
    scan([isbn])
    execute_all()
    library.unknown.add(isbn)
    broken()
    asked = ask_through(isbn, in_order(), Book.objects.get().source)
    assert str(asked.fault) == "The local catalogue can’t be read."


@of_sqlite
def test_a_folder_that_cannot_be_looked_into_is_no_empty_catalogue(dump: list[Path], settings: Any) -> None:
    assert look_up(dumps.isbn_of(1)) is None, "Nothing was ever loaded."
    load(*dump)
    sqlite.path().unlink()
    sqlite.path().symlink_to(sqlite.path())
    SourceState.objects.all().delete()
    with pytest.raises(RetryLater, match="can’t be read"):
        look_up(dumps.isbn_of(1))
    assert store.facts_in_place() is None


def test_what_was_loaded_and_has_gone_astray_is_no_empty_catalogue(dump: list[Path], staff: Client) -> None:
    """As where its share is away, or the database was restored elsewhere."""
    load(*dump)
    remove_all()
    with pytest.raises(RetryLater, match="can’t be read"):
        look_up(dumps.isbn_of(1))
    assert "The loaded catalogue can’t be read. Check that it is there, or load it again." in text(
        staff.get("/sources/")
    )
    load(*dump)
    assert look_up(dumps.isbn_of(1))
    assert "can’t be read" not in text(staff.get("/sources/"))


def test_what_books_lack_comes_from_it_in_small_steps(
    dump: list[Path], library: OpenLibrary, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(*dump)
    settings.SOURCES = ("openlibrary", "catalogue")
    numbers = [dumps.isbn_of(number) for number in range(60)]
    poor(library, *numbers)
    write, steps = more.write, []

    def counted(question: more.Question, job: Any) -> list[str]:
        steps.append(len(question.books))
        return write(question, job)

    monkeypatch.setattr(more, "write", counted)
    scan(numbers)
    execute_all()
    assert not Book.objects.filter(publishers=[]).exists()
    assert (sum(steps), max(steps)) == (60, 25)


# What staff see


def test_staff_see_what_is_loaded(
    dump: list[Path],
    client_of: Callable[[Any], Client],
    charlie: Any,
    program: Any,
    django_assert_max_num_queries: Any,
) -> None:
    staff = client_of(charlie)
    assert "manage.py load_catalogue FILE" in text(staff.get("/sources/"))
    with django_assert_max_num_queries(6):
        standings()
    load(*dump)
    with django_assert_max_num_queries(6):
        standings()
    assert "Open Library as of 31 October 2026: 200 editions, " in text(staff.get("/sources/"))
    row = next(each for each in staff.get("/api/sources/").json() if each["key"] == "catalogue")
    assert row["loaded"]["editions"] == 200
    assert row["loaded"]["as_of"] == "2026-10-31"
    assert row["loaded"]["files"] == [path.name for path in dump]
    assert row["loaded"]["size"] > 10_000


def test_staff_see_that_one_is_being_loaded(client_of: Callable[[Any], Client], charlie: Any, program: Any) -> None:
    staff = client_of(charlie)
    job = load_catalogue.delay(files=["editions.txt.gz"])
    assert "Loading: waiting" in text(staff.get("/sources/"))
    Job.objects.update(state="running", done=4_150, total=9_800)
    page = staff.get("/sources/")
    assert "Loading: 42 %" in text(page)
    assert f'href="/jobs/{job.pk}/"' in page.content.decode()
    row = next(each for each in staff.get("/api/sources/").json() if each["key"] == "catalogue")
    assert (row["loading"], row["loaded"]) == (str(job.pk), None)
    assert "4,150 of 9,800 MB" in text(staff.get("/jobs/"))
    Job.objects.update(done=9_800)
    assert "Putting the catalogue in order." in text(staff.get("/sources/"))
    assert "Putting the catalogue in order." in text(staff.get("/jobs/"))
    assert "Putting the catalogue in order." in text(staff.get(f"/jobs/{job.pk}/"))
    Job.objects.update(state="failed")
    assert "Loading" not in text(staff.get("/sources/"))
    row = next(each for each in staff.get("/api/sources/").json() if each["key"] == "catalogue")
    assert row["loading"] is None
