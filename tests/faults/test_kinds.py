"""Each kind of job once through a real worker process and a real broker."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model

from task.accounts.invitations import Invitation
from task.accounts.models import PendingSignUp, UserBatch
from task.accounts.tasks import (
    clear_invitations,
    clear_sign_ups,
    delete_random_users,
    generate_random_users,
    send_invitation,
    send_password_reset,
    send_sign_up,
    send_welcome,
)
from task.books.covers import files
from task.books.covers.tasks import fetch_covers, make_cover, remove_covers
from task.books.facets.stored import count_facets
from task.books.merging import changing
from task.books.merging.models import MovedLink, NameChange
from task.books.merging.tasks import merge_names, remove_moved_links, rename, undo_merge
from task.books.models import Author, Book, BookAuthor, Facet, IndexDue, Ranking, SourceAnswer
from task.books.more import ask_more
from task.books.rankings import rank
from task.books.search import search
from task.books.search.tasks import index_catalogue, index_names
from task.books.standing.tasks import remove_old_answers
from task.books.tasks import look_again, look_up_books, refresh_book
from task.jobs.engine.registry import KINDS
from tests.faults.conftest import ended
from tests.processes import wait_until
from tests.services.catalogues import Sru
from tests.services.covers import Covers, picture
from tests.services.openlibrary import OpenLibrary, made_up

pytestmark = pytest.mark.broker
User = get_user_model()


def test_books_index_and_index_names(start_worker, alice):
    """A catalogue that was here before the index, and an author who is called something else."""
    worker = start_worker()
    book = Book.objects.create(isbn="9780140328721", title="Fantastic Mr Fox", state="filled")
    author = Author.objects.create(name="R. Dahl", key="/authors/OL34184A")
    BookAuthor.objects.create(book=book, author=author)
    IndexDue.objects.create()
    assert ended(index_catalogue.delay(), worker).message == "1 book indexed."
    assert search("dahl").books == [book.pk]
    Author.objects.update(name="Roald Dahl")
    assert ended(index_names.delay(table="authors", keys=[author.pk]), worker).message == "1 book indexed."
    assert search("roald").books == [book.pk]


def test_accounts_generate_and_delete_batch(start_worker, alice):
    worker = start_worker()
    made = ended(generate_random_users.apply_async(kwargs={"total": 2500}, owner=alice), worker)
    assert (made.state, made.done) == ("succeeded", 2500)
    batch = UserBatch.objects.get(job_id=made.pk)
    assert User.objects.filter(batch=batch).values("username").distinct().count() == 2500
    gone = ended(delete_random_users.apply_async(kwargs={"batch": batch.pk}, owner=alice), worker)
    assert gone.state == "succeeded", gone.error
    assert list(User.objects.values_list("username", flat=True)) == ["alice"]


def test_accounts_welcome_and_password_reset(start_worker, alice):
    worker = start_worker(EMAIL_URL="consolemail://", TEST_EMAIL="console")
    assert ended(send_welcome.apply_async(owner=alice), worker).state == "succeeded"
    assert ended(send_password_reset.delay(email="ALICE@example.org"), worker).state == "succeeded"
    wait_until(lambda: worker.said().count("To: alice@example.org") == 2, what=worker.said)
    assert re.search(r"http://testserver/accounts/\S+/\S+/", worker.said())


def test_accounts_sign_up_and_clear_sign_ups(start_worker, alice):
    def rows(job):
        PendingSignUp.objects.create(pk=job.pk, username="bob", email="bob@example.org", password="md5$x$y")

    worker = start_worker(EMAIL_URL="consolemail://", TEST_EMAIL="console")
    job = send_sign_up.apply_async(rows=rows)
    assert ended(job, worker).state == "succeeded"
    wait_until(lambda: "To: bob@example.org" in worker.said(), what=worker.said)
    assert re.search(r"http://testserver/accounts/signup/finish/\S+/", worker.said())
    PendingSignUp.objects.filter(pk=job.pk).update(created=datetime(2020, 1, 1, tzinfo=UTC))
    assert ended(clear_sign_ups.apply_async(owner=None), worker).message == "1 unfinished sign-up deleted."
    assert not PendingSignUp.objects.exists()


def test_accounts_invite_and_clear_invitations(start_worker, alice):
    def rows(job):
        Invitation.objects.create(pk=job.pk, email="dora@example.org", invited_by=alice)

    worker = start_worker(EMAIL_URL="consolemail://", TEST_EMAIL="console")
    assert ended(send_invitation.apply_async(owner=alice, rows=rows), worker).state == "succeeded"
    wait_until(lambda: "To: dora@example.org" in worker.said(), what=worker.said)
    assert re.search(r"http://testserver/accounts/invitation/\S+/", worker.said())
    Invitation.objects.update(created=datetime(2020, 1, 1, tzinfo=UTC))
    assert ended(clear_invitations.apply_async(owner=None), worker).message == "1 old invitation deleted."
    assert not Invitation.objects.exists()


def test_books_look_up(start_worker, alice):
    numbers = ["9780345418913", "9780451524935", "9780451526342", "9781101990322"]
    with OpenLibrary() as library:
        worker = start_worker(TEST_OPENLIBRARY_URL=library.url)
        job = look_up_books.apply_async(
            kwargs={"count": 4},
            owner=alice,
            rows=lambda job: Book.objects.bulk_create(Book(isbn=isbn, job=job) for isbn in numbers),
        )
        assert ended(job, worker).state == "succeeded"
    filled = dict(Book.objects.filter(state="filled").values_list("isbn", "title"))
    assert filled == {isbn: made_up(isbn)["title"] for isbn in numbers}
    assert len(library.requests) == 1


def test_books_look_again(start_worker, alice):
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    Book.objects.create(isbn="9780345418913", state="not_found", not_found_at=long_ago)
    with OpenLibrary() as library:
        worker = start_worker(TEST_OPENLIBRARY_URL=library.url)
        job = ended(look_again.apply_async(owner=None), worker)
        assert job.message == "Started another look-up of 1 book."
        assert ended(job.children.get(), worker).state == "succeeded"
    assert Book.objects.get().state == "filled"


def test_books_refresh(start_worker, alice):
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    book = Book.objects.create(isbn="9780345418913", state="filled", title="Old", source="Open Library")
    with OpenLibrary() as library:
        worker = start_worker(TEST_OPENLIBRARY_URL=library.url)
        job = refresh_book.apply_async(
            kwargs={"isbn": book.isbn},
            owner=alice,
            rows=lambda job: Book.objects.update(refresh_job=job, refresh_requested=long_ago),
        )
        assert ended(job, worker).message == "Up to date with Open Library."
    book.refresh_from_db()
    assert (book.state, book.title, book.is_refreshing) == ("filled", made_up(book.isbn)["title"], False)


def test_books_fetch_and_remove_covers(start_worker, alice, tmp_path):
    address = "https://covers.openlibrary.org/b/id/7-L.jpg"
    Book.objects.create(isbn="9780345418913", state="filled", cover_url=address, cover_due=True)
    with Covers() as covers:
        worker = start_worker(TEST_COVERS_URL=covers.url)
        assert ended(fetch_covers.apply_async(owner=None), worker).message == "1 cover fetched."
    assert covers.requests == ["/b/id/7-L.jpg"]
    assert files.path_of(Book.objects.get().cover, "s").stat().st_size > 0
    files.sent("x").parent.mkdir(parents=True, exist_ok=True)

    def send(job):
        files.sent(job.pk).write_bytes(picture("mine"))

    own = ended(make_cover.apply_async(kwargs={"number": "9780345418913"}, owner=alice, rows=send), worker)
    assert own.message == "The cover is saved."
    assert Book.objects.get().cover.startswith("own/")
    assert ended(remove_covers.apply_async(owner=None), worker).message == "0 files removed."


def test_books_ask_more_and_remove_answers(start_worker, alice):
    book = Book.objects.create(
        isbn="9780345418913", state="filled", title="The Guide", source="Open Library", more_due=True
    )
    with Sru() as catalogue:
        catalogue.has(book.isbn)
        worker = start_worker(TEST_SOURCES="openlibrary,k10plus", TEST_K10PLUS_URL=catalogue.url)
        assert ended(ask_more.apply_async(owner=None), worker).message == "4 empty fields filled in."
    book.refresh_from_db()
    assert (book.title, book.language, book.origin_of("language")) == ("The Guide", "English", "K10plus")
    SourceAnswer.objects.update(asked_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert ended(remove_old_answers.apply_async(owner=None), worker).message == "1 old answer deleted."


def test_books_count_facets(start_worker, alice):
    Book.objects.create(isbn="9780345418913", state="filled", language="English", copies=2)
    worker = start_worker()
    assert ended(count_facets.apply_async(owner=None), worker).state == "succeeded"
    assert Facet.objects.get(name="language").rows == [["English", 1]]
    assert Facet.objects.get(name="available").rows == [["yes", 1]]


def test_books_rank(start_worker, alice):
    book = Book.objects.create(isbn="9780345418913", state="filled")
    BookAuthor.objects.create(book=book, author=Author.objects.create(name="Douglas Adams", key="a"))
    worker = start_worker()
    assert ended(rank.apply_async(owner=None), worker).state == "succeeded"
    assert Ranking.objects.get(target="author").rows == [["Douglas Adams", 1]]
    assert Ranking.objects.get(target="subject").rows == []


def test_books_merge_names_undo_rename_and_remove_moved_links(start_worker, alice):
    worker = start_worker()
    book = Book.objects.create(isbn="9780261103344", title="The Hobbit", state="filled")
    one, other = (Author.objects.create(name=name, key=name) for name in ("Tolkien, J. R. R.", "J.R.R. Tolkien"))
    BookAuthor.objects.create(book=book, author=one)
    job = merge_names.apply_async(owner=alice, rows=lambda job: changing.new_merge(job, one, other))
    assert ended(job, worker).message == "1 book moved to “J.R.R. Tolkien”."
    assert [each.pk for each in book.authors.all()] == [other.pk]
    change = NameChange.objects.get()
    undone = undo_merge.apply_async(
        kwargs={"change": change.pk}, owner=alice,
        rows=lambda job: NameChange.objects.update(undo_job=job) and None,
    )  # fmt: skip
    assert ended(undone, worker).message == "1 book moved back to “Tolkien, J. R. R.”."
    assert [each.pk for each in book.authors.all()] == [one.pk]
    renamed = rename.apply_async(owner=alice, rows=lambda job: changing.new_rename(job, one, "John Tolkien"))
    assert ended(renamed, worker).message == "Renamed to “John Tolkien”."
    assert ended(renamed.children.get(), worker).message == "1 book indexed."
    MovedLink.objects.create(change=change, book=book.pk)
    NameChange.objects.update(created=datetime(2020, 1, 1, tzinfo=UTC))
    gone = ended(remove_moved_links.apply_async(owner=None), worker)
    assert gone.message == "1 moved link older than 30 days deleted."


def test_every_kind_of_the_desk_is_tried_here_and_killed_before_each_statement():
    """A new kind brings one line with assert_survives, and one in task/ a test in this folder."""
    from pathlib import Path

    folder = Path(__file__).parent
    here = "".join(path.read_text() for path in folder.glob("test_*.py"))
    proofs = "".join(path.read_text() for path in folder.parent.rglob("test_*.py"))
    missing = []
    for name, kind in KINDS.items():
        function = kind.function.__name__
        home = kind.function.__module__.partition(".")[0]
        if home == "tests":
            continue
        if not re.search(rf"assert_survives\(\s*(\w+\.)?{function}\b", proofs):
            missing.append(
                f"No test kills a job of the kind {name} before each of its statements. Add one that calls "
                f"assert_survives({function}, …), as README does for its stamps."
            )
        if home == "task" and not re.search(rf"\b{function}\.(delay|apply_async)\(", here):
            missing.append(
                f"No job of the kind {name} goes through a real worker. Add a test to tests/faults that starts one by "
                f"{function}.delay(…)."
            )
    assert not missing, "\n".join(missing)
