"""The index of the catalogue: whatever changes a book changes its row there, in the same transaction."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client

from task.books import changes, holdings
from task.books.by_hand import saving
from task.books.carts import accept, undo
from task.books.models import Author, Book, BookAuthor, BookChange, IndexDue, IndexedBook, Scan
from task.books.search import index, search
from task.books.search.indexing import rows_of
from task.books.search.tasks import begin_if_due, index_catalogue, index_names
from task.books.sources import Edition, Name
from task.jobs.models import Job
from task.jobs.testing import assert_survives, execute, execute_all
from task.kit.search import postgres
from tests.books.conftest import isbns
from tests.books.famous import put
from tests.services.openlibrary import OpenLibrary, made_up
from tests.watching import TASK, Watch


def found(text: str) -> list[str]:
    books = search(text, forgive=False).books
    return [Book.with_removed.get(pk=pk).title for pk in books]


def is_right() -> bool:
    """Whether the index has of each book what it should, and nothing else."""
    columns = ("book_id", "beginning", "title", "authors", "others")
    wanted = rows_of(list(Book.with_removed.values_list("pk", flat=True)))
    return sorted(IndexedBook.objects.values_list(*columns)) == sorted(
        tuple(getattr(row, column) for column in columns) for row in wanted
    )


@pytest.mark.django_db
def test_a_book_that_is_written_edited_and_taken_back_is_found_by_what_it_has_now(alice, charlie):
    edition = Edition(title="The Parish Register", authors=[Name("name:crabbe", "George Crabbe")])
    book = saving.save(edition, alice, uuid4())
    assert found("parish crabbe") == ["The Parish Register"]
    with_subject = {"title": "The Borough", "subjects": [("name:clergy", "Clergy")], "authors": []}
    change = changes.write(changes.locked_book(book.pk), with_subject, charlie)
    assert (found("parish"), found("crabbe"), found("borough clergy")) == ([], [], ["The Borough"])
    changes.revert(book, change, charlie, is_staff=True)
    assert (found("parish crabbe"), found("clergy")) == (["The Parish Register"], [])
    assert BookChange.objects.count() == 3
    assert is_right()


@pytest.mark.django_db
def test_a_removed_book_is_not_found_until_it_is_put_back(charlie):
    book = put("The Sea")
    assert holdings.remove(book, charlie)
    assert (found("sea"), IndexedBook.objects.count()) == ([], 0)
    assert holdings.put_back(book, charlie)
    assert found("sea") == ["The Sea"]


@pytest.mark.django_db
def test_a_cart_that_is_undone_and_a_second_scan(library: OpenLibrary, alice: Any) -> None:
    (isbn,) = isbns(1)
    library.records[isbn] = made_up(isbn) | {"title": "The Sea"}
    accept.accept(alice, [accept.Sent(uuid4(), isbn)])
    execute_all()
    assert found("sea") == ["The Sea"]
    undo.undo(list(Scan.objects.values_list("pk", flat=True)), alice)
    assert found("sea") == []
    accept.accept(alice, [accept.Sent(uuid4(), isbn)])
    assert found("sea") == ["The Sea"]
    assert is_right()


@pytest.mark.django_db
def test_a_name_that_changes_is_searched_for_anew(client_of, charlie):
    charlie.is_superuser = True
    charlie.save()
    put("Persuasion", "Jane Austin")
    author = Author.objects.get()
    admin = client_of(charlie)
    admin.post(
        f"/admin/books/author/{author.pk}/change/", {"name": "Jane Austen", "key": author.key, "outside_url": ""}
    )
    execute_all()
    assert Job.objects.get(kind="books.index_names").message == "1 book indexed."
    assert (found("austin"), found("austen")) == ([], ["Persuasion"])
    admin.post(f"/admin/books/author/{author.pk}/delete/", {"post": "yes"})
    assert (found("austen"), found("persuasion")) == ([], ["Persuasion"])
    assert is_right()


# A catalogue that was here before the index


def old_catalogue(count: int) -> list[Book]:
    books = [Book.objects.create(isbn=isbn, title=f"The {isbn} Sea", state="filled") for isbn in isbns(count)]
    author = Author.objects.create(name="Iris Murdoch", key="m")
    BookAuthor.objects.bulk_create(BookAuthor(book=book, author=author) for book in books)
    IndexDue.objects.create()
    return books


@pytest.mark.django_db
def test_until_it_is_indexed_the_old_search_answers_and_the_page_says_so(member: Client) -> None:
    books = old_catalogue(3)
    assert search("sea").books == []
    assert search("murdoch").books == search("the 978").books == [book.pk for book in books]
    assert "The books are being indexed." in member.get("/books/?q=murdoch").content.decode()
    begin_if_due()
    begin_if_due()
    assert Job.objects.filter(kind="books.index").count() == 1
    execute_all()
    assert Job.objects.get(kind="books.index").message == "3 books indexed."
    assert not IndexDue.objects.exists()
    begin_if_due()
    assert len(search("sea murdoch").books) == 3
    assert "being indexed" not in member.get("/books/?q=murdoch").content.decode()
    assert Job.objects.filter(kind="books.index").count() == 1


@pytest.mark.django_db
def test_what_is_changed_while_it_is_indexed_stays_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    books = old_catalogue(2)
    rows = rows_of([book.pk for book in books])
    Book.objects.filter(pk=books[0].pk).update(title="Another One")
    index([books[0].pk])
    IndexedBook.objects.bulk_create(rows, ignore_conflicts=True)
    assert is_right()


@pytest.mark.django_db(transaction=True)
def test_indexing_survives_being_killed_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("task.books.search.tasks.A_STEP", 2)
    old_catalogue(3)
    assert assert_survives(index_catalogue) > 10
    execute_all()
    IndexDue.objects.all().delete()
    author = Author.objects.get()
    Author.objects.filter(pk=author.pk).update(name="Jean Rhys")
    assert assert_survives(index_names, table="authors", keys=[author.pk], name="Jean Rhys") > 10


@pytest.mark.django_db
@pytest.mark.sqlite
def test_sqlites_words_are_those_of_the_index(charlie):
    book = put("The Sea", "John Banville")
    changes.write(changes.locked_book(book.pk), {"title": "The Untouchable"}, charlie)
    put("Another")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO books_words (books_words, rank) VALUES ('integrity-check', 1)")
    Book.objects.filter(pk=book.pk).delete()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO books_words (books_words, rank) VALUES ('integrity-check', 1)")
        cursor.execute("SELECT rowid FROM books_words WHERE books_words MATCH 'sea OR untouchable'")
        assert cursor.fetchall() == []


@pytest.mark.django_db
def test_a_change_without_one_of_the_index_is_noticed() -> None:
    """The fixture `index_follows` does this in every test."""
    book = put("The Sea")
    watch = Watch()
    with connection.execute_wrapper(watch):
        plainly = {"title": "Another", "title_key": "another"}
        exec(compile("books.filter(pk=pk).update(**new)", f"{TASK}/books/forgets.py", "exec"),
             {"books": Book.objects, "pk": book.pk, "new": plainly})  # fmt: skip
        assert watch.books == {f"{TASK}/books/forgets.py:1"}
        index([book.pk])
        assert not watch.books
        Book.objects.filter(pk=book.pk).update(title="A test's own")
        assert not watch.books
    index([book.pk])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_book_that_is_linked_while_its_author_is_renamed_is_found_by_the_new_name(monkeypatch):
    book = Book.objects.create(isbn="9780141439587", title="Emma", state="filled")
    author = Author.objects.create(name="Jane Austin", key="ja")
    linked, waits = threading.Event(), threading.Event()
    monkeypatch.setattr(postgres.time, "sleep", lambda seconds: waits.set() or linking.result(60))

    def link() -> None:
        with transaction.atomic():
            BookAuthor.objects.create(book=book, author=author)
            index([book.pk])
            linked.set()
            assert waits.wait(60)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        linking = pool.submit(link)
        assert linked.wait(60)
        author.name = "Jane Austen"
        author.save()
        execute(index_names.delay(table="authors", keys=[author.pk]).pk)
    assert (found("austin"), found("austen")) == ([], ["Emma"])
    assert is_right()
