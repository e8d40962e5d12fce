"""Two names that are one: merged in steps, undone exactly, renamed, and never made again by a source."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from task.backups.models import tables_left_out
from task.books import changes, fill, refresh
from task.books.by_hand import saving
from task.books.merging import changing, moving
from task.books.merging.models import MovedLink, NameChange
from task.books.merging.tasks import merge_names, remove_moved_links, rename, undo_merge
from task.books.models import (
    Author,
    Book,
    BookAuthor,
    BookChange,
    BookPerson,
    BookSubject,
    IndexedBook,
    Person,
    Subject,
)  # fmt: skip
from task.books.names import upsert
from task.books.search import index, search
from task.books.sources import Edition, Name
from task.jobs import State
from task.jobs.models import Job
from task.jobs.testing import assert_survives, execute_all
from tests.api.conftest import program as program
from tests.books.conftest import isbns
from tests.books.famous import put
from tests.books.merges import LONG, SHORT, called, links, merge, two, undo
from tests.books.test_index import is_right
from tests.processes import wait_until

pytestmark = pytest.mark.django_db


# Merging


def test_a_merge_moves_the_books_and_undo_brings_exactly_their_links_back(charlie):
    long, short = two()
    BookAuthor.objects.filter(book__title="The Hobbit").update(source="Open Library", position=3)
    gone = Book.objects.create(isbn="9780140328721", title="Removed", state="filled", removed_at=timezone.now())
    BookAuthor.objects.create(book=gone, author=long)
    before = links()
    change = merge(long, short, charlie)
    assert change.job.message == "3 books moved to “J.R.R. Tolkien”. 1 book had both."
    assert change.job.title == "Merge “Tolkien, J. R. R.” into “J.R.R. Tolkien”"
    assert (change.moved, change.doubles, change.state) == (3, 1, "done")
    by = {(book, name, position) for book, name, _, position in links()}
    titles = dict(Book.with_removed.values_list("title", "pk"))
    assert by == {
        (titles["The Hobbit"], SHORT, 3), (titles["The Lord of the Rings"], "Someone Else", 0),
        (titles["The Lord of the Rings"], SHORT, 1), (titles["The Silmarillion"], SHORT, 0),
        (titles["Letters"], SHORT, 0), (gone.pk, SHORT, 0),
    }  # fmt: skip
    assert not BookAuthor._base_manager.filter(author=long).exists()
    assert is_right()
    job = undo(change, charlie)
    assert job.message == "4 books moved back to “Tolkien, J. R. R.”."
    assert links() == before
    assert not MovedLink.objects.exists()
    assert Author.objects.get(pk=long.pk).merged_into is None
    assert is_right()


@pytest.mark.parametrize(("table", "model"), [(Person, BookPerson), (Subject, BookSubject)])
def test_people_and_subjects_likewise(table: Any, model: Any) -> None:
    one, other = (table.objects.create(name=name, key=name) for name in ("Cats", "Cat"))
    for isbn, names in zip(isbns(3), ([one], [one, other], [other]), strict=True):
        book = Book.objects.create(isbn=isbn, title=f"Book {isbn}", state="filled")
        model.objects.bulk_create(model(book=book, source="DNB", **{model.target: name}) for name in names)
        index([book.pk])
    before = links(model)
    change = merge(one, other)
    assert (change.moved, change.doubles, len(links(model))) == (1, 1, 3)
    assert (len(search("cat").books), is_right()) == (3, True)
    undo(change)
    assert links(model) == before
    assert is_right()


def test_a_books_filing_and_its_index_follow(charlie):
    short = Author.objects.create(name="Ursula Le Guin", key="a")
    put("The Dispossessed", "Kroeber")
    merge(Author.objects.get(name="Kroeber"), short)
    book = Book.objects.get()
    assert book.filing_author == "guin ursula le"
    assert search("kroeber", forgive=False).books == []
    assert search("le guin").books == [book.pk]


def test_a_later_answer_of_a_source_links_the_one_that_remains(alice):
    long, short = two()
    Author.objects.filter(pk=long.pk).update(key="/authors/OL26320A")
    merge(long, short)
    answer = Edition(
        title="Roverandom", source="Open Library",
        authors=[Name("/authors/OL26320A", "John Ronald Reuel Tolkien", mends=True), Name(short.key, SHORT)],
    )  # fmt: skip
    book = Book.objects.create(isbn=isbns(1, 77)[0], state="waiting")
    portion = fill.Portion()
    portion.add(book, answer)
    portion.write()
    assert [each.pk for each in Book.objects.get(pk=book.pk).authors.all()] == [short.pk]
    assert upsert(Author, [answer], "authors") == {"/authors/OL26320A": short.pk, short.key: short.pk}
    assert (Author.objects.get(pk=long.pk).name, Author.objects.filter(name__contains="Tolkien").count()) == (LONG, 2)
    by_hand = saving.save(Edition(title="Tree and Leaf", authors=saving.names_of(Author, [LONG])), alice, uuid4())
    assert [each.name for each in by_hand.authors.all()] == [SHORT]
    there = changes.locked_book(by_hand.pk)
    changes.write(there, {"authors": [("/authors/OL26320A", LONG), (short.key, SHORT)]}, alice)
    assert [each.pk for each in by_hand.authors.all()] == [short.pk]


def test_a_refresh_that_names_the_alias_changes_nothing():
    long, short = two()
    merge(long, short)
    book = Book.objects.get(title="The Hobbit")
    again = Edition(title="The Hobbit", authors=[Name(long.key, LONG)], source="Open Library")
    assert refresh.differences(book, again) == {}


def test_of_two_merges_against_each_other_one_fails_with_a_sentence():
    long, short = two()
    jobs = [
        merge_names.apply_async(rows=lambda job, pair=pair: changing.new_merge(job, *pair))
        for pair in ((long, short), (short, long))
    ]
    execute_all()
    states = {job.state: job for job in Job.objects.filter(pk__in=[job.pk for job in jobs])}
    assert set(states) == {State.SUCCEEDED, State.FAILED}
    assert "was merged into another name meanwhile" in states[State.FAILED].error
    assert Author.objects.exclude(merged_into=None).count() == 1
    assert Author.objects.exclude(merged_into__merged_into=None).count() == 0


def test_a_step_costs_the_same_number_of_queries_however_many_books_there_are(monkeypatch):
    long, short = (Author.objects.create(name=name, key=name) for name in (LONG, SHORT))
    monkeypatch.setattr(moving, "A_STEP", 30)
    numbers = isbns(120, 5_000)
    books = Book.objects.bulk_create(Book(isbn=each, number=each, title="T", state="filled") for each in numbers)
    BookAuthor.objects.bulk_create(BookAuthor(book=book, author=long) for book in books)
    IndexedBook.objects.all().delete()
    move, costs = moving.move, []

    def counted(change: NameChange, some: list[int]) -> Any:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            done = move(change, some)
        costs.append((len(some), len(queries)))
        return done

    monkeypatch.setattr(moving, "move", counted)
    change = merge(long, short)
    assert (change.moved, len(costs), {size for size, _ in costs}) == (120, 4, {30})
    assert len({queries for _, queries in costs}) == 1
    assert costs[0][1] < 20
    assert BookAuthor.objects.filter(author=short).count() == 120


# Renaming


def test_a_new_name_is_locked_and_both_spellings_lead_to_it(alice, charlie):
    put("Matilda", "Dahl")
    author = Author.objects.get()
    change = called(author, "Roald Dahl", charlie)
    author.refresh_from_db()
    assert (author.name, author.locked, author.name_key) == ("Roald Dahl", True, "roald dahl")
    assert (change.state, change.job.message) == ("done", "Renamed to “Roald Dahl”.")
    assert (len(search("roald").books), Book.objects.get().filing_author) == (1, "dahl roald")
    names = [Name("name:Dahl", "Dahl", mends=True), Name("name:dahl", "Dahl"), Name("name:roald dahl", "Roald Dahl")]
    assert set(upsert(Author, [Edition(authors=names)], "authors").values()) == {author.pk}
    assert [name.key for name in saving.names_of(Author, ["DAHL"])] == [author.key]
    assert Author.objects.remaining().get().name == "Roald Dahl"
    undo(change, charlie)
    author.refresh_from_db()
    assert (author.name, Book.objects.get().filing_author) == ("Dahl", "dahl")
    assert (search("roald", forgive=False).books, is_right()) == ([], True)


def test_a_source_that_mends_an_author_files_the_books_anew():
    put("Matilda", "R. Dale")
    author = Author.objects.get()
    upsert(Author, [Edition(authors=[Name(author.key, "Roald Dahl", mends=True)])], "authors")
    execute_all()
    assert Book.objects.get().filing_author == "dahl roald"


# Whatever line the process dies on


@pytest.mark.django_db(transaction=True)
def test_each_kind_survives() -> None:
    put("The Hobbit", subjects="Cats")
    put("The Silmarillion", subjects="Cats; Cat")
    cats, cat = Subject.objects.order_by("pk")
    words = {"target": "subject", "name": cat.pk, "job_id": uuid4()}
    change = NameChange.objects.create(**words, kind="merged", other=cats.pk, was="Cats", now="Cat")
    assert assert_survives(merge_names, change=change.pk) > 10
    execute_all()

    def claimed(job: Job) -> None:
        NameChange.objects.update(undo_job=job)

    assert assert_survives(undo_merge, change=change.pk, rows=claimed) > 10
    Job.objects.all().delete()  # what it has put back would run with the next one
    NameChange.objects.update(created=timezone.now() - timedelta(days=31))
    assert assert_survives(remove_moved_links) > 3
    Job.objects.all().delete()
    BookSubject.objects.all().delete()
    other = NameChange.objects.create(**words, kind="renamed", was="Cat", now="Tiger")
    NameChange.objects.filter(pk=change.pk).update(undone=None)
    assert assert_survives(rename, change=other.pk, undoes=change.pk, rows=claimed) > 10
    execute_all()
    assert NameChange.objects.get(pk=change.pk).undone


def test_a_change_that_is_gone_is_a_sentence():
    for task in (merge_names, undo_merge, rename):
        job = task.delay(change=5)
        execute_all()
        job.refresh_from_db()
        assert (job.state, job.error) == ("failed", "This change of a name is gone, so there is nothing to do.")


def test_a_name_that_is_deleted_before_its_merge_is_a_sentence():
    long, short = two()
    job = merge_names.apply_async(rows=lambda job: changing.new_merge(job, long, short))
    Author.objects.filter(pk=short.pk).delete()
    index(Book.objects.values_list("pk", flat=True))
    execute_all()
    job.refresh_from_db()
    assert job.error == f"“{SHORT}” was deleted, so there is nothing to merge."
    assert not BookChange.objects.exists()


# Two at once


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_book_that_is_linked_while_the_alias_is_made_ends_at_the_one_that_remains():
    """On SQLite one transaction at a time writes: who looks a name up there in order to link it is alone."""
    long, short = (Author.objects.create(name=name, key=name) for name in (LONG, SHORT))
    book = Book.objects.create(isbn=isbns(1)[0], title="The Hobbit", state="filled")
    looked_up = threading.Event()

    def merge_waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            return bool(cursor.fetchone()[0])

    def link() -> None:
        with transaction.atomic():
            keys = upsert(Author, [Edition(authors=[Name(LONG, LONG)])], "authors")
            looked_up.set()
            wait_until(merge_waits, every=0.01, what="the merge waits for who has looked the name up")
            assert keys == {LONG: long.pk}
            BookAuthor.objects.create(book=book, author_id=keys[LONG])
            index([book.pk])
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        linking = pool.submit(link)
        assert looked_up.wait(60)
        merge(long, short)
        linking.result(60)
    assert BookAuthor.objects.get().author == short
    assert is_right()


def test_aliases_and_what_was_moved_are_in_backups():
    kept = {"books_author", "books_person", "books_subject", "books_namechange", "books_movedlink", "books_nodouble"}
    assert not kept & set(tables_left_out())
