"""Staff fulfil and cancel: one state, one email, and copies that come back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from task.books.models import Book
from task.jobs.engine.transitions import cancel, retry
from task.jobs.models import Job
from task.jobs.services.mail import message_id
from task.jobs.testing import execute_all
from task.orders import stock
from task.orders.models import Order
from tests.accounts.pages import flashes
from tests.orders.conftest import order_of

pytestmark = pytest.mark.django_db
BUTTONS = ["order_fulfil", "order_cancel"]


@pytest.fixture
def order(alice: Any, book: Book) -> Order:
    order = order_of(alice, book, 2)
    execute_all()
    mail.outbox.clear()
    return order


def press(client: Client, button: str, order: Order, **fields: str) -> Any:
    return client.post(reverse(button, args=[order.number]), fields)


def test_to_fulfil_says_so_by_email(staff: Client, charlie: Any, order: Order) -> None:
    answer = press(staff, "order_fulfil", order)
    assert answer.headers["Location"] == order.get_absolute_url()
    assert flashes(answer)[-1] == "Order fulfilled. We are emailing alice."
    order.refresh_from_db()
    assert (order.state, order.ended_by) == ("fulfilled", charlie)
    assert order.ended is not None
    assert Book.objects.get().copies == 1
    execute_all()
    (letter,) = mail.outbox
    assert letter.to == ["alice@example.org"]
    assert letter.subject == f"Order {order.number} is fulfilled: 2 copies of 1984"
    job = Job.objects.get(pk=order.ended_job_id)
    assert (job.kind, job.owner, job.state) == ("orders.tell_fulfilled", charlie, "succeeded")


def test_to_cancel_gives_the_copies_back_and_says_so_by_email(staff: Client, order: Order) -> None:
    answer = press(staff, "order_cancel", order)
    assert flashes(answer)[-1] == "Order cancelled. We are emailing alice."
    order.refresh_from_db()
    assert (order.state, Book.objects.get().copies) == ("cancelled", 3)
    execute_all()
    (letter,) = mail.outbox
    assert letter.subject == f"Order {order.number} is cancelled: 2 copies of 1984"
    assert "Nothing is set aside" in letter.body


@pytest.mark.parametrize("second", BUTTONS)
@pytest.mark.parametrize("first", BUTTONS)
def test_the_second_button_comes_too_late(staff: Client, order: Order, first: str, second: str) -> None:
    press(staff, first, order)
    copies = Book.objects.get().copies
    state = Order.objects.get().state
    assert f"was already {state}" in flashes(press(staff, second, order))[-1]
    assert (Order.objects.get().state, Book.objects.get().copies) == (state, copies)
    execute_all()
    assert len(mail.outbox) == 1


def test_a_member_can_not_fulfil_an_order_not_even_an_own_one(
    client: Client, client_of: Callable[[Any], Client], alice: Any, bob: Any, order: Order
) -> None:
    url = reverse("order_fulfil", args=[order.number])
    for person in (alice, bob):
        page = client_of(person)
        assert page.post(url).status_code == 404
        assert url not in page.get(order.get_absolute_url()).content.decode()
    assert client.post(url).headers["Location"].startswith(reverse("login"))
    assert Order.objects.get().state == "received"


def test_a_member_cancels_an_own_order_and_an_email_says_so(member: Client, alice: Any, order: Order) -> None:
    url = reverse("order_cancel", args=[order.number])
    assert url in member.get(order.get_absolute_url()).content.decode()
    answer = press(member, "order_cancel", order)
    assert answer.headers["Location"] == order.get_absolute_url()
    assert flashes(answer)[-1] == "Order cancelled. We are emailing you."
    order.refresh_from_db()
    assert (order.state, order.ended_by, Book.objects.get().copies) == ("cancelled", alice, 3)
    execute_all()
    assert [letter.subject.split(":")[0] for letter in mail.outbox] == [f"Order {order.number} is cancelled"]
    job = Job.objects.get(pk=order.ended_job_id)
    assert (job.kind, job.owner) == ("orders.tell_cancelled", alice)
    page = member.get(order.get_absolute_url()).content.decode()
    assert url not in page
    assert job.get_absolute_url() in page


def test_a_stranger_can_not_cancel_an_order(
    client: Client, client_of: Callable[[Any], Client], bob: Any, order: Order
) -> None:
    url = reverse("order_cancel", args=[order.number])
    assert client_of(bob).post(url).status_code == 404
    assert client.post(url).headers["Location"].startswith(reverse("login"))
    assert (Order.objects.get().state, Book.objects.get().copies) == ("received", 1)


def test_an_order_that_is_fulfilled_can_not_be_cancelled_and_its_page_says_so(
    member: Client, charlie: Any, order: Order
) -> None:
    stock.fulfil(order, charlie)
    page = member.get(order.get_absolute_url()).content.decode()
    assert reverse("order_cancel", args=[order.number]) not in page
    assert "2 copies were handed over. This order can no longer be cancelled." in page
    said = flashes(press(member, "order_cancel", order))[-1]
    assert said == "This order was already fulfilled, so it can’t be cancelled any more."
    assert (Order.objects.get().state, Book.objects.get().copies) == ("fulfilled", 1)


def test_the_page_of_an_order_looks_again_until_it_has_ended_and_its_email_is_sent(
    member: Client, charlie: Any, order: Order
) -> None:
    def live() -> tuple[str, Any]:
        context = member.get(order.get_absolute_url()).context
        return context["live_url"], context.get("live_every")

    assert live() == (order.get_absolute_url(), 5)
    stock.fulfil(order, charlie)
    assert live() == (order.get_absolute_url(), None)
    execute_all()
    assert live() == ("", 5)
    assert member.get(reverse("orders_list")).context["live_url"] == ""


@pytest.mark.parametrize("button", BUTTONS)
def test_only_by_post_and_not_by_a_forged_form(staff: Client, charlie: Any, order: Order, button: str) -> None:
    url = reverse(button, args=[order.number])
    assert staff.get(url).status_code == 405
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(charlie, backend="django.contrib.auth.backends.ModelBackend")
    assert forged.post(url).status_code == 403
    assert staff.post(reverse(button, args=["2026-99999"])).status_code == 404
    assert Order.objects.get().state == "received"


def test_the_button_of_a_list_leads_back_to_it_and_nowhere_else(staff: Client, order: Order, book: Book) -> None:
    back = reverse("orders_list") + "?state=received"
    assert press(staff, "order_fulfil", order, next=back).headers["Location"] == back
    answer = press(staff, "order_fulfil", order, next="https://example.com/")
    assert answer.headers["Location"] == order.get_absolute_url()


def test_a_database_that_is_too_busy_is_a_sentence(
    staff: Client, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*arguments: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(stock, "fulfil", locked)
    answer = press(staff, "order_fulfil", order)
    assert answer.status_code == 503
    assert "Send again" in answer.content.decode()
    assert Order.objects.get().state == "received"


# What the emails say


@pytest.mark.parametrize(
    ("end", "says"),
    [(stock.fulfil, "has already been fulfilled"), (stock.cancel, "has been cancelled since")],
)
def test_a_confirmation_that_was_late_says_what_is_true_by_then(
    alice: Any, charlie: Any, book: Book, end: Any, says: str
) -> None:
    order = order_of(alice, book)
    end(order, charlie)
    execute_all()
    end_mail, confirmation = sorted(mail.outbox, key=lambda sent: sent.subject)
    for text in (confirmation.body, confirmation.alternatives[0].content):
        assert says in text
        assert "set aside for you. We will email you" not in text
    assert end_mail.subject.startswith(f"Order {order.number} is ")
    assert confirmation.subject.startswith(f"Your order {order.number}: ")


def test_each_email_has_one_name_whoever_sends_it_again(staff: Client, order: Order, alice: Any, book: Book) -> None:
    other = order_of(alice, book)
    press(staff, "order_fulfil", order)
    execute_all()
    fulfilled = Order.objects.get(pk=order.pk).ended_job_id
    assert sorted(letter.extra_headers["Message-ID"] for letter in mail.outbox) == sorted(
        (
            message_id(other.job_id, "emails/order_received", [alice.email]),
            message_id(fulfilled, "emails/order_fulfilled", [alice.email]),
        )
    )


def test_an_email_that_was_cancelled_goes_out_once_when_it_is_retried(alice: Any, book: Book) -> None:
    order = order_of(alice, book)
    job = Job.objects.get(pk=order.job_id)
    assert cancel(job)
    execute_all()
    assert mail.outbox == []
    assert Order.objects.get().state == "received"
    assert retry(job)
    execute_all()
    assert len(mail.outbox) == 1
    assert not retry(Job.objects.get(pk=order.job_id))


@pytest.mark.parametrize("gone", ["account", "address"])
def test_somebody_whom_no_email_reaches_is_a_sentence(staff: Client, alice: Any, order: Order, gone: str) -> None:
    if gone == "account":
        alice.delete()
    else:
        get_user_model().objects.filter(pk=alice.pk).update(email="")
    waiting = staff.get(order.get_absolute_url()).content.decode()
    assert "An email comes" not in waiting
    assert "We will email" not in waiting
    answer = press(staff, "order_cancel", order)
    assert flashes(answer)[-1].endswith("There is nobody to email.")
    execute_all()
    job = Job.objects.get(kind="orders.tell_cancelled")
    assert job.state == "succeeded"
    assert "so no email was sent" in job.message
    assert mail.outbox == []
    assert Book.objects.get().copies == 3
    for url in (reverse("orders_list"), order.get_absolute_url(), "/"):
        assert staff.get(url).status_code == 200
    assert "no address" in staff.get(reverse("orders_list")).content.decode()
    if gone == "account":
        assert "a deleted account" in staff.get(order.get_absolute_url()).content.decode()


def test_odd_titles_break_no_subject_and_no_markup(alice: Any, book: Book) -> None:
    Book.objects.update(title="<b>Line\r\nBcc: eve@example.org</b> " + "W" * 900)
    order_of(alice, book)
    execute_all()
    (letter,) = mail.outbox
    assert "\n" not in letter.subject
    assert len(letter.subject) < 180
    assert letter.recipients() == ["alice@example.org"]
    assert "<b>Line" not in letter.alternatives[0].content
    assert "<b>Line" in letter.body
