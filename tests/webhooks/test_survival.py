"""Each kind of job of this feature, and one whose end is told, is killed before each of its statements."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from task.jobs.models import Job
from task.jobs.testing import assert_survives
from task.webhooks import tasks
from task.webhooks.models import MOST_FAILURES, Delivery, Webhook
from task.webhooks.tasks import deliver, remove_old_deliveries, send_stopped
from tests.services import receiver as answers
from tests.services.receiver import Receiver
from tests.webhooks.making import delivery_of, webhook_of
from tests.workbench.tasks import do_nothing

pytestmark = pytest.mark.django_db(transaction=True)

TOOK = ("webhooks.delivery.took",)


def rows(webhook: Webhook, made: Job) -> None:
    Delivery.objects.create(pk=made.pk, message=made.pk, webhook=webhook, about_id=made.pk, body='{"title": "x"}')


def test_a_delivery_survives(receiver: Receiver, alice: Any) -> None:
    webhook = webhook_of(alice, receiver.url, failures=3)
    assert assert_survives(deliver, owner=alice, rows=partial(rows, webhook), ignore=TOOK, host="x") >= 6
    names = {got.headers["webhook-id"] for got in receiver.calls}
    assert len(names) == 1


def test_the_last_that_fails_switches_off_once(receiver: Receiver, alice: Any) -> None:
    receiver.answer = answers.plain(410)
    webhook = webhook_of(alice, receiver.url, failures=MOST_FAILURES - 1)
    assert assert_survives(deliver, owner=alice, rows=partial(rows, webhook), ignore=TOOK, host="x") >= 12


def test_one_that_is_tried_again_survives(receiver: Receiver, alice: Any) -> None:
    receiver.answer = answers.plain(500)
    webhook = webhook_of(alice, receiver.url)
    assert assert_survives(deliver, owner=alice, rows=partial(rows, webhook), ignore=TOOK, host="x") >= 12


def test_a_job_whose_end_is_told_survives_with_what_it_is_told_by(receiver: Receiver, alice: Any) -> None:
    for path in ("/a", "/b"):
        webhook_of(alice, receiver.url + path)
    assert assert_survives(do_nothing, owner=alice, ignore=(*TOOK, "webhooks.delivery.body")) >= 15


def test_the_email_survives(alice: Any) -> None:
    webhook = delivery_of(alice, webhook_of(alice, enabled=False)).webhook
    assert assert_survives(send_stopped, owner=alice, webhook=webhook.pk) >= 8


def test_the_removal_survives(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "STEP", 2)
    webhook = webhook_of(alice)
    for _ in range(3):
        delivery_of(alice, webhook, created=timezone.now() - timedelta(days=31))
    assert assert_survives(remove_old_deliveries) >= 8
