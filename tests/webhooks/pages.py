"""The pages of webhooks, for the tests in a browser."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from task.webhooks.models import MOST_FAILURES
from tests.browser.entry import Entry
from tests.webhooks.making import delivery_of, webhook_of

NO_PAGES = dict.fromkeys(("webhook_switch", "webhook_delete", "webhook_again"), "takes POST only")


def empty() -> list[Entry]:
    return [
        Entry("webhooks_empty", reverse("webhooks_list")),
        Entry("webhook_new", reverse("webhook_new")),
        Entry("webhook_new_error", reverse("webhook_new"), fill={"address": "http://localhost/"}),
        Entry("webhook_new_secret", reverse("webhook_new"), fill={"address": "https://example.org/" + "long" * 60}),
    ]


def filled(member: Any, staff: Any) -> list[Entry]:
    webhook = webhook_of(member, failures=3)
    long = webhook_of(member, f"https://{'long.' * 20}example.org/{'x' * 200}")
    off = webhook_of(member, enabled=False, failures=MOST_FAILURES, stopped=timezone.now())
    delivery_of(member, long, state="delivered", status=200, answer="", error="")
    delivery_of(member, webhook, answer="<b>W</b>" * 200)
    delivery_of(member, webhook, state="waiting", status=None, took=None, answer="", error="")
    delivery_of(member, webhook, state="waiting", tried=timezone.now())
    for _ in range(25):
        delivery_of(member, webhook, state="delivered", status=204, answer="", error="", tried=timezone.now())
    return [
        Entry("webhooks_list", reverse("webhooks_list")),
        Entry("webhook_detail", webhook.get_absolute_url() + "?last=1"),
        Entry("webhook_long", long.get_absolute_url()),
        Entry("webhook_off", off.get_absolute_url()),
        Entry("webhook_staff", webhook.get_absolute_url(), "staff"),
        Entry("webhook_member", webhook_of(staff).get_absolute_url(), "member", 404),
    ]
