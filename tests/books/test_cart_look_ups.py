"""In Jobs a cart is one line: scans join the look-up that waits, others follow the first, and no book is left alone."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from task.books.carts import look_ups
from task.books.carts.models import Cart
from task.books.models import Book
from task.jobs.engine.executor import execute
from task.jobs.engine.transitions import cancel, claim, yield_turn
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.books.conftest import isbns
from tests.books.test_carts import scanned
from tests.services.openlibrary import OpenLibrary

pytestmark = pytest.mark.django_db


def books_of(job: Job) -> int:
    return Book.objects.filter(job=job).count()


def test_scans_join_the_look_up_that_waits(alice: Any, library: OpenLibrary) -> None:
    for isbn in isbns(5):
        scanned(alice, isbn)
    job = Job.objects.get()
    assert (job.title, job.arguments, books_of(job)) == ("Look up 5 books", {"count": 5, "isbn": ""}, 5)
    assert execute(job.pk) == "succeeded"
    job.refresh_from_db()
    assert (job.message, job.done, job.total) == ("5 books found.", 5, 5)


def test_one_that_has_yielded_its_turn_is_joined_with_what_it_has_to_do(alice: Any, library: OpenLibrary) -> None:
    scanned(alice, *isbns(2))
    begun = claim(Job.objects.get().pk)
    assert begun
    Job.objects.update(total=2, done=1)
    assert yield_turn(begun)
    scanned(alice, *isbns(3, start=2))
    job = Job.objects.get()
    assert (job.title, job.total, books_of(job)) == ("Look up 5 books", 5, 5)
    execute_all()
    assert not Book.objects.exclude(state="filled").exists()


@pytest.mark.parametrize("state", ["running", "succeeded", "failed", "cancelled", "postponed", "full"])
def test_where_it_can_not_be_joined_another_follows_the_first(alice: Any, state: str) -> None:
    first, *more = isbns(4)
    scanned(alice, first)
    head = Job.objects.get()
    later = timezone.now() + timedelta(hours=1)
    changes = {"postponed": {"run_after": later, "claims": 1}, "full": {"arguments": {"count": look_ups.MOST}}}
    Job.objects.update(**changes.get(state, {"state": state}))
    scanned(alice, more[0])
    follower = Job.objects.get(parent=head)
    head.refresh_from_db()
    cart = Cart.objects.get()
    assert (head.title, follower.title) == (look_ups.title_of(cart), f"Look up {more[0]}")
    assert follower.owner == alice
    assert (books_of(head), books_of(follower)) == (1, 1)
    scanned(alice, more[1])
    assert books_of(follower) == 2, "It waits, and is joined."
    Job.objects.filter(pk=follower.pk).update(state="running")
    scanned(alice, more[2])
    assert {job.parent_id for job in Job.objects.exclude(pk=head.pk)} == {head.pk}
    assert Job.objects.count() == 3


def test_an_older_one_that_waits_is_joined_while_the_newest_runs(alice: Any) -> None:
    first, second, third = isbns(3)
    scanned(alice, first)
    head = Job.objects.get()
    Job.objects.update(state="running")
    scanned(alice, second)
    Job.objects.filter(parent=head).update(state="running")
    Job.objects.filter(pk=head.pk).update(state="queued")
    scanned(alice, third)
    assert (books_of(head), Job.objects.count()) == (2, 2)


def test_a_hundred_scans_are_one_line_in_jobs(alice: Any, member: Client, library: OpenLibrary) -> None:
    for isbn in isbns(20):
        scanned(alice, isbn)
        execute_all()
    page = member.get("/jobs/")
    (line,) = page.context["rows"]
    cart = Cart.objects.get()
    assert line.title == f"Look up the books of the cart of {cart.started:%H:%M}", "Not the title of its first book."
    cart.name = "Riverside"
    assert look_ups.title_of(cart) == "Look up the books of Riverside"
    assert "19 follow-up jobs: 19 done" in page.text
    assert not Book.objects.exclude(state="filled").exists()


def test_carts_and_programs_have_look_ups_of_their_own(alice: Any, bob: Any) -> None:
    first, second, third, fourth = isbns(4)
    scanned(alice, first)
    scanned(bob, second)
    scanned(alice, third, minutes_ago=120)
    assert Job.objects.filter(parent=None).count() == 3
    assert look_ups.earlier(Cart.objects.filter(owner=bob).get(), "key").waiting is None  # type: ignore[union-attr]
    Job.objects.all().delete()
    scanned(bob, fourth)
    assert Job.objects.get().parent is None, "The first one is gone: another takes its place."


def test_what_joined_a_cancelled_look_up_is_cancelled_with_it(alice: Any) -> None:
    for isbn in isbns(2):
        scanned(alice, isbn)
    assert cancel(Job.objects.get())
    assert {book.state for book in Book.objects.all()} == {"cancelled"}


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_comes_for_a_job_sees_all_that_has_joined_it(alice: Any) -> None:
    """It waits for the scan's commit; without that, it would end without the book and leave it waiting for nobody."""
    first, second = isbns(2)
    scanned(alice, first)
    job = Job.objects.get()
    seen: list[int] = []

    def work() -> None:
        begun = claim(job.pk)
        seen.append(books_of(job) if begun else 0)
        connection.close()

    worker = threading.Thread(target=work)
    with transaction.atomic():
        scanned(alice, second)
        worker.start()
        worker.join(0.3)
        assert worker.is_alive()
    worker.join(30)
    assert seen == [2]
