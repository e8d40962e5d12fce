"""Orders for programs."""

import pytest

from task.books.models import Book
from task.jobs.models import Job
from task.jobs.pages.api import JobRequest
from task.jobs.testing import execute_all
from task.orders import stock
from task.orders.models import Order
from tests.api.conftest import program as program
from tests.orders.conftest import ORWELL, order_of

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/api/orders/"


def copies() -> int:
    return Book.objects.get(isbn=ORWELL).copies


class TestOrdering:
    def test_the_copies_are_taken_and_the_confirmation_is_a_job(self, program, alice, book):
        answer = program(alice).post(PATH, {"book": "0-451-52493-4", "quantity": 2}, format="json")
        order, job = Order.objects.get(), Job.objects.get()
        assert answer.status_code == 201, answer.json()
        assert answer.json() | {"created": ""} == {
            "number": order.number, "url": f"http://testserver/api/orders/{order.number}/", "book": ORWELL,
            "title": "1984", "quantity": 2, "state": "received", "ordered_by": "alice", "created": "", "ended": None,
        }  # fmt: skip
        assert answer.headers["Location"].endswith(f"/api/jobs/{job.pk}/")
        assert (copies(), order.owner, job.arguments) == (1, alice, {"order": order.number})

    def test_an_isbn_is_a_number_too(self, program, alice, book):
        assert program(alice).post(PATH, {"book": int(ORWELL)}, format="json").status_code == 201

    @pytest.mark.parametrize(
        ("sent", "pointer", "words"),
        [
            ({"book": ORWELL, "quantity": 9}, "/quantity", "Only 3 copies"),
            ({"book": ORWELL, "quantity": 0}, "/quantity", "at least one"),
            ({"book": "9780345418913"}, "/book", "No books match"),
            ({"quantity": 1}, "/book", "Type the ISBN"),
            ({"book": [], "quantity": 1}, "/book", "Send text"),
        ],
    )
    def test_what_is_wrong_is_said_as_on_the_page(self, program, alice, book, sent, pointer, words):
        answer = program(alice).post(PATH, sent, format="json")
        assert answer.status_code == 400
        assert any(fault["pointer"] == pointer and words in fault["detail"] for fault in answer.json()["errors"])
        assert copies() == 3

    def test_a_number_here_is_no_isbn(self, program, alice, book):
        answer = program(alice).post(PATH, {"book": str(book.pk)}, format="json")
        assert answer.json()["errors"][0]["detail"].startswith("No books match")

    def test_copies_that_went_in_between_are_told(self, program, alice, book, monkeypatch):
        def too_late(*_):
            Book.objects.update(copies=0)
            raise stock.OutOfStock

        monkeypatch.setattr(stock, "take_copies", too_late)
        answer = program(alice).post(PATH, {"book": ORWELL}, format="json")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/quantity"
        assert not Job.objects.exists()

    def test_sent_twice_with_a_key_it_is_one_order(self, program, alice, book):
        api = program(alice)
        first, second = (api.post(PATH, {"book": ORWELL}, format="json", HTTP_IDEMPOTENCY_KEY="k") for _ in range(2))
        assert first.json() == second.json()
        assert (Order.objects.count(), copies()) == (1, 2)

    def test_the_last_copies_are_one_order_for_two_at_once(self, program, alice, book, monkeypatch):
        """The second finds nothing left, and has the answer of the first all the same."""
        api, first = program(alice), []
        before = JobRequest.before

        def late(request):
            if first:
                return before(request)
            first.append(None)  # the first look of the second request, before the first one has committed
            first.append(api.post(PATH, {"book": ORWELL, "quantity": 3}, format="json", HTTP_IDEMPOTENCY_KEY="k"))
            return None

        monkeypatch.setattr(JobRequest, "before", late)
        second = api.post(PATH, {"book": ORWELL, "quantity": 3}, format="json", HTTP_IDEMPOTENCY_KEY="k")
        assert (second.status_code, second.json()) == (201, first[1].json())
        assert (Order.objects.count(), copies()) == (1, 0)


class TestReading:
    def test_a_member_sees_the_own_and_staff_all(self, program, alice, bob, charlie, book):
        order_of(alice, book)
        theirs = order_of(bob, book)
        assert len(program(alice).get(PATH).json()["results"]) == 1
        assert len(program(charlie, as_staff=True).get(PATH).json()["results"]) == 2
        assert len(program(charlie).get(PATH).json()["results"]) == 0
        assert program(alice).get(f"{PATH}{theirs.number}/").status_code == 404


class TestEnding:
    def test_who_ordered_cancels_while_it_is_received(self, program, alice, bob, book):
        order = order_of(alice, book, 2)
        path = f"{PATH}{order.number}/cancel/"
        assert program(bob).post(path).status_code == 404
        assert program(alice).post(path).json()["state"] == "cancelled"
        assert copies() == 3
        again = program(alice).post(path)
        assert (again.status_code, again.json()["detail"]) == (409, "This order was already cancelled.")
        assert copies() == 3

    def test_staff_fulfil_and_an_email_says_so(self, program, alice, charlie, book, mailoutbox):
        order = order_of(alice, book)
        path = f"{PATH}{order.number}/fulfil/"
        assert program(alice).post(path).status_code == 403
        assert program(charlie).post(path).status_code == 404
        assert program(charlie, as_staff=True).post(path).json()["state"] == "fulfilled"
        execute_all()
        assert [email.to for email in mailoutbox] == [["alice@example.org"]] * 2
        late = program(alice).post(f"{PATH}{order.number}/cancel/")
        assert late.json()["detail"] == "This order was already fulfilled, so it can’t be cancelled any more."
