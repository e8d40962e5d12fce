"""Merges and new names are taken back: exactly, in order, by one job, and for 30 days."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.utils import timezone

from task.books import changes
from task.books.merging import changing, moving
from task.books.merging.models import MovedLink, NameChange
from task.books.merging.page import lines
from task.books.merging.tasks import merge_names, remove_moved_links
from task.books.models import Author, Book, BookAuthor
from task.books.names import upsert
from task.books.sources import Edition, Name
from task.jobs import Fail, State, cancel, retry
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.books.famous import put
from tests.books.merges import SHORT, called, links, merge, two, undo
from tests.books.test_index import is_right

pytestmark = pytest.mark.django_db


def three() -> tuple[Author, Author, Author]:
    put("One", "A. Bee")
    put("Two", "Anna Bee")
    put("Three", "Bee, A.")
    a, b, c = (Author.objects.get(name=name) for name in ("A. Bee", "Anna Bee", "Bee, A."))
    return a, b, c


def again(change: NameChange) -> NameChange:
    return NameChange.objects.select_related("job", "undo_job").get(pk=change.pk)


def refused(change: NameChange) -> str:
    return changing.why_not(again(change), *changing.now_of(change))


def stopped_behind_the_first(pieces: Callable[..., Any]) -> Callable[..., Any]:
    """Its job fails behind the first books."""

    def stopping(change: NameChange) -> Any:
        for piece in pieces(change):
            yield piece
            if piece:
                raise Fail("Stopped.")

    return stopping


def test_merges_in_a_row_lead_to_the_last_and_come_undone_from_the_last():
    a, b, c = three()
    before = links()
    first = merge(a, b)
    between = links()
    second = merge(b, c)
    assert set(Author.objects.exclude(merged_into=None).values_list("pk", "merged_into")) == {
        (a.pk, c.pk),
        (b.pk, c.pk),
    }
    assert upsert(Author, [Edition(authors=[Name(a.key, "A. Bee")])], "authors") == {a.key: c.pk}
    with pytest.raises(changing.NotUndone, match="“Anna Bee” was merged into another name or deleted since"):
        undo(first)
    undo(second)
    assert (links(), Author.objects.get(pk=a.pk).merged_into) == (between, b)
    undo(first)
    assert links() == before


def test_a_merge_that_stopped_is_undone_and_its_job_does_not_go_on(monkeypatch, charlie):
    monkeypatch.setattr(moving, "A_STEP", 1)
    long, short = two()
    before = links()
    pieces = moving.pieces
    monkeypatch.setattr(moving, "pieces", stopped_behind_the_first(pieces))
    change = merge(long, short, charlie)
    assert (change.state, MovedLink.objects.count()) == ("stopped", 1)
    other = merge(short, Author.objects.get(name="Someone Else"))
    assert other.job.error == "A merge of “J.R.R. Tolkien” has not ended, or is being undone. Retry or undo that first."
    undo(change)
    assert links() == before
    monkeypatch.setattr(moving, "pieces", pieces)
    retry(Job.objects.get(pk=change.job_id))
    execute_all()
    assert Job.objects.get(pk=change.job_id).error == moving.UNDONE
    assert links() == before


def test_undo_leaves_books_that_changed_since(charlie):
    long, short = two()
    change = merge(long, short)
    edited, lost = Book.objects.get(title="The Hobbit"), Book.objects.get(title="The Lord of the Rings")
    changes.write(changes.locked_book(edited.pk), {"authors": [(short.key, SHORT), ("name:x", "X")]}, charlie)
    BookAuthor.objects.filter(book=lost, author=short).delete()
    job = undo(change)
    assert job.message == "1 book moved back to “Tolkien, J. R. R.”. 2 books were changed since, so they stay."
    assert [each.name for each in edited.authors.order_by("bookauthor__position")] == [SHORT, "X"]
    assert [each.name for each in lost.authors.all()] == ["Someone Else"]
    with pytest.raises(changing.NotUndone, match="undone already"):
        undo(change)


def test_after_thirty_days_what_was_moved_is_forgotten():
    long, short = two()
    change = merge(long, short)
    NameChange.objects.update(created=timezone.now() - timedelta(days=31))
    kept = merge(Author.objects.get(name="Someone Else"), short)
    with pytest.raises(changing.NotUndone, match="for 30 days"):
        undo(change)
    job = remove_moved_links.delay()
    execute_all()
    job.refresh_from_db()
    assert job.message == "3 moved links older than 30 days deleted."
    assert set(MovedLink.objects.values_list("change", flat=True)) == {kept.pk}


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_merges_into_one_name_come_undone_in_any_order(order):
    """Also of books that had several of the names: none is lost, and each stands where it stood."""
    put("Two", "X; Bee, A.; Y; Anna Bee")
    put("Three", "Bee; Anna Bee; Z; Bee, A.")
    put("All", "Bee, A.; Bee; A. Bee; Anna Bee")
    put("One", "Anna Bee; A. Bee")
    *others, kept = (Author.objects.get(name=name) for name in ("Anna Bee", "Bee, A.", "Bee", "A. Bee"))
    BookAuthor.objects.filter(author__in=others[:2]).update(source="DNB")
    before = links()
    merges = [merge(other, kept) for other in others]
    for place in order:
        undo(merges[place])
    assert links() == before
    assert is_right()


# Which job did it, and which one undoes it


def test_of_two_jobs_that_merge_the_same_names_the_second_moves_nothing(monkeypatch):
    long, short = two()
    monkeypatch.setattr(moving, "A_STEP", 1)
    pieces = moving.pieces
    monkeypatch.setattr(moving, "pieces", stopped_behind_the_first(pieces))
    first = merge(long, short)
    monkeypatch.setattr(moving, "pieces", pieces)
    second = merge(long, short)
    assert "was merged into another name meanwhile" in second.job.error
    assert set(MovedLink.objects.values_list("change", flat=True)) == {first.pk}
    assert (refused(first), refused(second)) == ("", changing.NOTHING)


def test_a_merge_that_was_cancelled_before_it_began_is_not_undone_for_another():
    long, short = two()
    waiting = merge_names.apply_async(rows=lambda job: changing.new_merge(job, long, short))
    cancel(waiting)
    done = merge(long, short)
    never = NameChange.objects.get(job=waiting.pk)
    assert (refused(never), refused(done)) == (changing.NOTHING, "")
    assert [line.may_undo for line in lines(short)] == [True, False]
    onward = merge(short, Author.objects.get(name="Someone Else"))
    assert onward.state == "done"


def test_a_merge_is_not_undone_while_its_books_are_on_their_way_back_from_another(monkeypatch):
    a, b, c = three()
    put("One more", "A. Bee")
    before = links()
    first, second = merge(a, b), merge(b, c)
    pieces_back = moving.pieces_back
    monkeypatch.setattr(moving, "A_STEP", 1)
    monkeypatch.setattr(moving, "pieces_back", stopped_behind_the_first(pieces_back))
    stopped = undo(second)
    says = moving.AT_WORK.format("Anna Bee")
    assert refused(first) == says
    assert [line.may_undo for line in lines(Author.objects.get(pk=b.pk))] == [False]
    monkeypatch.setattr(changing, "why_not", lambda *_: "")  # as one who asked a moment earlier
    assert undo(first).error == says
    monkeypatch.undo()
    retry(stopped)
    execute_all()
    undo(first)
    assert links() == before


def test_a_job_that_another_one_undid_for_changes_nothing_when_it_is_retried():
    long, short = two()
    first = merge(long, short)
    given_up = changing.undo(first, None)
    cancel(given_up)
    undo(first)
    merge(long, short)
    there = links()
    retry(Job.objects.get(pk=given_up.pk))
    execute_all()
    assert Job.objects.get(pk=given_up.pk).error == moving.ELSEWHERE
    assert (links(), Author.objects.get(pk=long.pk).merged_into) == (there, short)


def test_an_undo_that_is_retried_after_thirty_days_leaves_the_alias():
    long, short = two()
    change = merge(long, short)
    job = changing.undo(change, None)
    cancel(job)
    NameChange.objects.update(created=timezone.now() - timedelta(days=31))
    retry(Job.objects.get(pk=job.pk))
    execute_all()
    assert Job.objects.get(pk=job.pk).error == "A merge can be undone for 30 days."
    assert Author.objects.get(pk=long.pk).merged_into == short


# New names


def test_a_new_name_is_undone_once_and_the_history_says_so():
    put("Matilda", "Dahl")
    author = Author.objects.get()
    change = called(author, "Roald Dahl")
    given_up = changing.undo(change, None)
    author.refresh_from_db()
    assert [line.words for line in lines(author)] == [
        "is renaming “Roald Dahl” to “Dahl”", "is undoing the new name “Roald Dahl”",
    ]  # fmt: skip
    cancel(given_up)
    assert (again(change).state, refused(change)) == ("done", "")
    undo(change)
    author.refresh_from_db()
    assert (author.name, again(change).state, refused(change)) == ("Dahl", "undone", "This is undone already.")
    assert [line.words for line in lines(author)][-1] == "renamed “Dahl” to “Roald Dahl”, undone since"
    called(author, "R. Dahl")
    retry(Job.objects.get(pk=given_up.pk))
    execute_all()
    assert (Job.objects.get(pk=given_up.pk).state, Author.objects.get(pk=author.pk).name) == (State.FAILED, "R. Dahl")
