"""What a look-up made, on its job's page, and the way from a book to its jobs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from task.books import made
from task.books.models import Book
from task.books.tasks import look_up_books
from task.jobs.models import Job
from tests.books.conftest import isbns, scan

pytestmark = pytest.mark.django_db


def looked_up(owner: Any, **states: int) -> Job:
    """A job that has ended, with so many books in each state."""
    numbers = isbns(sum(states.values()), start=Book.objects.count())
    job = scan(numbers, owner)
    done = iter(numbers)
    for state, count in states.items():
        some = [next(done) for _ in range(count)]
        Book.objects.filter(isbn__in=some).update(state=state, title=f"A book that is {state}" * (state == "filled"))
    Job.objects.filter(pk=job.pk).update(state="succeeded", done=len(numbers), total=len(numbers))
    return Job.objects.get(pk=job.pk)


def shown(client: Client, job: Job, made: str = "") -> Any:
    """The context of the piece, and the page."""
    answer = client.get(job.get_absolute_url(), {"made": made} if made else {})
    page = answer.content.decode()
    return (answer.context, page)


def test_what_needs_a_hand_stands_first_and_two_rows_are_enough(member: Client, alice: Any) -> None:
    job = looked_up(alice, filled=20, not_found=2, failed=1)
    context, page = shown(member, job)
    assert [book.state for book in context["books"]] == ["not_found"] * 2 + ["failed"] + ["filled"] * 11
    assert [(words, number) for _, words, number, _ in context["chips"]] == [
        ("All", "23"),
        (Book.State.FILLED.label.capitalize(), "20"),
        ("Not found", "2"),
        ("Failed", "1"),
    ]
    assert "Show all 23" in page


@pytest.mark.parametrize(("value", "states"), [("not_found", {"not_found"}), ("found", {"filled"}), ("x", None)])
def test_a_chip_shows_one_state_alone(member: Client, alice: Any, value: str, states: set[str] | None) -> None:
    context, page = shown(member, looked_up(alice, filled=2, not_found=2), value)
    assert {book.state for book in context["books"]} == (states or {"filled", "not_found"})
    assert page.count('aria-current="true"') >= 1
    assert context["count"] == (2 if states else 4)


def test_one_state_alone_needs_no_chips_and_few_books_no_link_to_all(member: Client, alice: Any) -> None:
    _, page = shown(member, looked_up(alice, filled=3))
    assert "made-filter" not in page
    assert "Show all" not in page


def test_books_that_wait_are_not_made(member: Client, alice: Any) -> None:
    job = scan(isbns(3), alice)
    assert "Made so far" not in member.get(job.get_absolute_url()).content.decode()
    Book.objects.filter(isbn=isbns(1)[0]).update(state="filled", title="Dune")
    page = member.get(job.get_absolute_url()).content.decode()
    assert page.index("Made so far") < page.index("Dune")
    assert isbns(3)[2] not in page


def test_a_book_that_another_job_looked_up_since_is_told(member: Client, alice: Any) -> None:
    job = looked_up(alice, filled=3, not_found=1)
    Book.objects.filter(state="not_found").update(job=look_up_books.delay(count=1))
    assert "1 book of this job is not shown" in shown(member, job)[1]


def test_all_of_them_are_a_list_that_only_who_sees_the_job_may_open(
    member: Client, alice: Any, bob: Any, client_of: Callable[[Any], Client]
) -> None:
    job = looked_up(alice, filled=2, not_found=1)
    looked_up(bob, filled=2)
    url = f"{reverse('books_list')}?job={job.pk}"
    assert len(member.get(url).context["rows"]) == 3
    assert job.title in member.get(url).content.decode()
    assert [book.state for book in member.get(f"{url}&state=not_found").context["rows"]] == ["not_found"]
    assert client_of(bob).get(url).status_code == 404
    assert member.get(f"{reverse('books_list')}?job=1").status_code == 404


def test_a_book_links_its_job_for_those_who_may_see_it(
    member: Client, alice: Any, bob: Any, client_of: Callable[[Any], Client]
) -> None:
    job = looked_up(alice, filled=1)
    page = reverse("book_detail", args=[isbns(1)[0]])
    assert job.get_absolute_url() in member.get(page).content.decode()
    stranger = client_of(bob).get(page).content.decode()
    assert job.get_absolute_url() not in stranger
    assert "jobs-of-head" not in stranger


def test_it_costs_the_same_for_many_books(member: Client, alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def queries(job: Job) -> int:
        with CaptureQueriesContext(connection) as captured:
            member.get(job.get_absolute_url())
        return len(captured)

    few, many = looked_up(alice, filled=1, not_found=14), looked_up(alice, filled=300, not_found=300)
    queries(few)  # a session's first page asks for more
    assert queries(few) == queries(many)
    monkeypatch.setattr(made, "COUNTED", 100)
    context, page = shown(member, many)
    assert [number for _, _, number, _ in context["chips"]] == ["100+", "100+", "100+"]
    assert "Show all</a>" in page


@pytest.mark.sqlite
def test_each_query_goes_along_the_index_of_a_jobs_books(alice: Any) -> None:
    job = looked_up(alice, filled=2)
    own = Book.objects.filter(job=job.pk, state="filled")
    for query in (own.order_by("id")[:14], own.order_by("state", "id")[:25]):
        plan = query.explain()
        assert "book_of_job" in plan
        assert "TEMP B-TREE" not in plan
