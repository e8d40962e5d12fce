"""The jobs of webhooks through a real worker, and one that is killed while the receiver has its call."""

from datetime import UTC, datetime
from typing import Any

import pytest

from task.accounts.tasks import generate_random_users
from task.webhooks.models import Delivery
from task.webhooks.tasks import deliver, remove_old_deliveries, send_stopped
from tests.faults.conftest import ended
from tests.processes import wait_until
from tests.services import receiver as answers
from tests.services.receiver import Receiver
from tests.webhooks.making import webhook_of

pytestmark = pytest.mark.broker

ALLOWED = {"WEBHOOKS_ALLOW_PRIVATE": "1"}


def delivered(worker: Any) -> Delivery:
    wait_until(lambda: Delivery.objects.filter(state="delivered").exists(), what=worker.said)
    return Delivery.objects.get()


def test_the_end_of_a_job_is_told_and_so_is_who_is_switched_off(start_worker: Any, alice: Any) -> None:
    with Receiver() as receiver:
        webhook = webhook_of(alice, receiver.url)
        worker = start_worker(**ALLOWED)
        job = ended(generate_random_users.apply_async(kwargs={"total": 50}, owner=alice), worker)
        row = delivered(worker)
        assert (row.about_id, row.status) == (job.pk, 200)
        again = deliver.apply_async(kwargs={"host": "of nobody"}, owner=alice)
        assert ended(again, worker).message == "The webhook was deleted, so it was not called."
    webhook.switch(on=False)
    assert ended(send_stopped.apply_async(kwargs={"webhook": webhook.pk}, owner=alice), worker).message == "Email sent."
    Delivery.objects.update(created=datetime(2020, 1, 1, tzinfo=UTC))
    assert ended(remove_old_deliveries.delay(), worker).message == "1 old delivery deleted."


def test_a_worker_killed_while_the_receiver_answers_calls_again_with_the_same_id(start_worker: Any, alice: Any) -> None:
    fast = {"TEST_JOBS_LEASE_SECONDS": "2", "TEST_JOBS_RENEW_SECONDS": "0.5", "TEST_JOBS_MAINTENANCE_SECONDS": "0.5"}
    with Receiver() as receiver:
        receiver.answer = answers.silent
        webhook_of(alice, receiver.url)
        first = start_worker(**ALLOWED, **fast)
        ended(generate_random_users.apply_async(kwargs={"total": 50}, owner=alice), first)
        wait_until(lambda: receiver.calls, what=first.said)
        first.kill()
        receiver.answer = answers.plain(200)
        row = delivered(start_worker(**ALLOWED, **fast))
    assert [call.headers["webhook-id"] for call in receiver.calls] == [row.name] * 2
    assert row.status == 200
