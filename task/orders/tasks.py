"""What a worker does for orders: one email an event, to the person who ordered.

Each event has one job, and an email's Message-ID is made of its job: a notification too many, a retry or a redelivery
sends no second one, and where a worker dies between the mail server's answer and our commit, both have one name.
"""

from collections.abc import Callable
from typing import Any

from task.jobs import job
from task.orders.models import Order

SENT = "Email about order {} sent."


def email_about(words: str) -> Callable[..., str]:
    return lambda order: f"{words} {order}"


@job("orders.confirm", title=email_about("Confirm order"), label="Order confirmation", silent=True, starts_within=600)
def confirm(run: Any, order: str) -> str:
    """Says what is true when it goes out: by then the order may have been fulfilled or cancelled."""
    return send_email(run, order, "emails/order_received")


@job(
    "orders.tell_fulfilled",
    title=email_about("Email about fulfilled order"),
    label="Email about a fulfilled order",
    silent=True,
)
def send_fulfilled(run: Any, order: str) -> str:
    return send_email(run, order, "emails/order_fulfilled")


@job(
    "orders.tell_cancelled",
    title=email_about("Email about cancelled order"),
    label="Email about a cancelled order",
    silent=True,
)
def send_cancelled(run: Any, order: str) -> str:
    return send_email(run, order, "emails/order_cancelled")


def send_email(run: Any, number: str, template: str) -> str:
    order = Order.objects.called(number).for_page().first()
    if order is None:
        return "The order was deleted, so no email was sent."
    if order.owner is None:
        return "The account was deleted, so no email was sent."
    if not order.owner.email:
        return "The account has no email address, so no email was sent."
    run.mail(template, to=[order.owner.email], context={"order": order, "user": order.owner})
    return SENT.format(order.number)
