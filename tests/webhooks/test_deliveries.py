"""What a job's end enqueues, what a delivery leaves in its row, and when a webhook is switched off."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from task.jobs import cancel, retry
from task.jobs.engine.executor import execute
from task.jobs.models import Job, State
from task.jobs.testing import execute_all
from task.webhooks import signing, tasks
from task.webhooks.models import MOST_FAILURES, Delivery, Webhook
from task.webhooks.tasks import deliver, remove_old_deliveries
from tests.services import receiver as answers
from tests.services.receiver import Receiver
from tests.webhooks.making import delivery_of, ended_job, webhook_of
from tests.workbench.tasks import do_nothing

pytestmark = pytest.mark.django_db(transaction=True)


class TestEnqueueing:
    def test_without_a_webhook_an_end_costs_nothing_and_enqueues_nothing(self, alice: Any, bob: Any) -> None:
        """The condition is asked by the UPDATE that ends the job: four statements of ours, and the claim."""
        webhook_of(bob)
        webhook_of(alice, enabled=False)
        job = do_nothing.apply_async(owner=alice)
        with CaptureQueriesContext(connection) as queries:
            execute(job.pk)
        assert [each["sql"].split()[0] for each in queries] == ["UPDATE", "BEGIN", "UPDATE", "INSERT", "COMMIT"]
        assert Job.objects.count() == 1

    def test_each_webhook_of_the_owner_gets_a_delivery_of_its_own(self, alice: Any, bob: Any) -> None:
        hooks = [webhook_of(alice), webhook_of(alice), webhook_of(bob)]
        job = do_nothing.apply_async(owner=alice)
        execute(job.pk)
        rows = Delivery.objects.filter(about=job.pk).order_by("webhook")
        assert [row.webhook for row in rows] == hooks[:2]
        made = Job.objects.get(pk=rows[0].pk)
        assert (made.kind, made.title, made.owner, made.parent_id) == (
            "webhooks.deliver", "Call hooks.example.org", alice, job.pk,
        )  # fmt: skip
        assert "?b=c" not in str(made.arguments)

    def test_it_says_what_ended_and_how(self, alice: Any) -> None:
        webhook_of(alice)
        job = ended_job(alice)
        body = json.loads(Delivery.objects.get().body)
        assert list(body) == ["id", "kind", "title", "state", "created", "started", "finished"]
        assert (body["id"], body["kind"], body["title"], body["state"]) == (
            str(job.pk), "workbench.empty", "Do nothing", "succeeded",
        )  # fmt: skip
        assert body["finished"] == job.finished.isoformat().replace("+00:00", "Z")  # type: ignore[union-attr]

    def test_a_job_that_never_ran_is_told_too(self, alice: Any) -> None:
        webhook_of(alice)
        assert cancel(do_nothing.apply_async(owner=alice))
        body = json.loads(Delivery.objects.get().body)
        assert (body["state"], body["started"]) == ("cancelled", None)

    def test_a_second_end_is_another_message(self, alice: Any) -> None:
        webhook_of(alice)
        job = do_nothing.apply_async(owner=alice)
        cancel(job)
        assert retry(Job.objects.get(pk=job.pk))
        execute(job.pk)
        states = [json.loads(row.body)["state"] for row in Delivery.objects.order_by("created")]
        assert states == ["cancelled", "succeeded"]
        assert Delivery.objects.values("message").distinct().count() == 2

    def test_nobodys_jobs_are_told_to_nobody(self, alice: Any) -> None:
        webhook_of(alice)
        ended_job(None)
        assert not Delivery.objects.exists()

    def test_nor_those_of_an_account_that_is_deactivated(self, alice: Any) -> None:
        webhook_of(alice)
        type(alice).objects.filter(pk=alice.pk).update(is_active=False)
        ended_job(alice)
        assert not Delivery.objects.exists()

    def test_an_account_that_is_deleted_takes_them_along(self, alice: Any) -> None:
        delivery_of(alice)
        job = do_nothing.apply_async(owner=alice)
        alice.delete()
        execute(job.pk)
        assert not Webhook.objects.exists()
        assert not Delivery.objects.exists()


@pytest.fixture
def webhook(alice: Any, receiver: Receiver) -> Webhook:
    return webhook_of(alice, f"{receiver.url}/hook")


@pytest.fixture
def delivery(webhook: Webhook, alice: Any) -> Delivery:
    """One that waits."""
    job = do_nothing.apply_async(owner=alice)
    execute(job.pk)
    return Delivery.objects.get()


class TestDelivering:
    def test_it_is_signed_and_its_row_says_what_came_of_it(
        self, delivery: Delivery, webhook: Webhook, receiver: Receiver
    ) -> None:
        receiver.answer = answers.plain(202, b"Tak\xff\0")
        execute_all()
        delivery.refresh_from_db()
        assert (delivery.word, delivery.status, delivery.error) == ("delivered", 202, "")
        assert delivery.answer == "Tak\ufffd"
        assert delivery.took is not None
        (got,) = receiver.calls
        assert got.body.decode() == delivery.body
        secret = signing.find_secret(webhook.seed, webhook.digest)
        assert secret
        sent = {name: got.headers[name] for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}
        assert sent == signing.headers_of(secret, f"msg_{delivery.pk.hex}", int(sent["webhook-timestamp"]), got.body)
        assert abs(int(sent["webhook-timestamp"]) - delivery.tried.timestamp()) < 1  # type: ignore[union-attr]
        assert got.headers["user-agent"].startswith("celerytask/")
        job = Job.objects.get(pk=delivery.pk)
        assert (job.state, job.message) == (State.SUCCEEDED, "127.0.0.1 answered 202.")

    def test_its_own_end_is_told_to_nobody(self, delivery: Delivery) -> None:
        execute_all()
        assert Delivery.objects.count() == 1
        assert Job.objects.count() == 2

    def test_who_is_away_is_tried_again_with_the_same_message(
        self, delivery: Delivery, webhook: Webhook, receiver: Receiver
    ) -> None:
        receiver.answer = answers.plain(503, b"Closed")
        execute(delivery.pk)
        delivery.refresh_from_db()
        assert (delivery.word, delivery.status, delivery.answer) == ("trying again", 503, "Closed")
        job = Job.objects.get(pk=delivery.pk)
        assert (job.state, job.message) == (State.QUEUED, "127.0.0.1 answered 503 Service Unavailable.")
        receiver.answer = answers.plain(200)
        execute_all()
        delivery.refresh_from_db()
        assert (delivery.word, delivery.status, delivery.error, delivery.answer) == ("delivered", 200, "", "")
        first, second = receiver.calls
        assert first.body == second.body
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert Webhook.objects.get().failures == 0

    def test_while_a_receiver_rests_its_other_deliveries_wait_and_cost_no_call(
        self, delivery: Delivery, receiver: Receiver, alice: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tasks, "REST", timedelta(seconds=60))
        receiver.answer = answers.plain(503)
        execute(delivery.pk)
        execute(do_nothing.apply_async(owner=alice).pk)
        other = Job.objects.get(kind="webhooks.deliver", pk__in=Delivery.objects.exclude(pk=delivery.pk).values("pk"))
        execute(other.pk)
        other.refresh_from_db()
        assert len(receiver.calls) == 1
        assert (other.state, other.message, other.faults) == (State.QUEUED, "127.0.0.1 was away a moment ago.", 0)
        assert other.run_after is not None
        assert 50 < (other.run_after - timezone.now()).total_seconds() < 70
        assert Delivery.objects.get(pk=other.pk).word == "waiting"
        Webhook.objects.update(rests_until=timezone.now() - timedelta(seconds=1))
        receiver.answer = answers.plain(200)
        execute_all()
        assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}
        assert Webhook.objects.get().rests_until is None

    def test_the_pauses_grow_and_after_four_tries_it_is_given_up(self, delivery: Delivery, receiver: Receiver) -> None:
        receiver.answer = answers.plain(500)
        pauses = []
        while (job := Job.objects.get(pk=delivery.pk)).is_active:
            Job.objects.filter(pk=job.pk).update(run_after=None)
            execute(job.pk)
            pauses = [entry["after"] for entry in Job.objects.get(pk=job.pk).history]
        assert pauses == list(tasks.PAUSES)
        assert len(receiver.calls) == 4
        delivery.refresh_from_db()
        assert (delivery.word, delivery.error) == ("failed", "127.0.0.1 answered 500 Internal Server Error.")
        assert (job.state, job.message) == (
            State.SUCCEEDED, "Not delivered: 127.0.0.1 answered 500 Internal Server Error.",
        )  # fmt: skip
        assert Webhook.objects.get().failures == 1

    def test_what_will_not_change_is_not_tried_again(self, delivery: Delivery, receiver: Receiver) -> None:
        receiver.answer = answers.plain(301, Location=receiver.url)
        execute_all()
        delivery.refresh_from_db()
        assert (delivery.word, len(receiver.calls)) == ("failed", 1)

    def test_a_private_address_is_not_called(self, delivery: Delivery, receiver: Receiver, settings: Any) -> None:
        settings.WEBHOOKS_ALLOW_PRIVATE = False
        settings.LOCAL = True
        execute_all()
        delivery.refresh_from_db()
        assert delivery.word == "failed"
        assert delivery.error.startswith("127.0.0.1 is not on the public internet.")
        assert receiver.calls == []


NOT_CALLED = {
    "deactivated": ("The account is deactivated.", lambda hook: type(hook.owner).objects.update(is_active=False)),
    "switched off": ("The webhook is switched off.", lambda hook: hook.switch(on=False)),
}


class TestNotCalled:
    @pytest.mark.parametrize("case", NOT_CALLED)
    def test_what_has_changed_meanwhile(
        self, delivery: Delivery, webhook: Webhook, receiver: Receiver, case: str
    ) -> None:
        reason, change = NOT_CALLED[case]
        change(webhook)
        execute_all()
        delivery.refresh_from_db()
        assert (delivery.state, delivery.error) == ("failed", reason)
        assert receiver.calls == []
        assert Webhook.objects.get().failures == 0

    def test_a_webhook_that_was_deleted(self, delivery: Delivery, webhook: Webhook, receiver: Receiver) -> None:
        webhook.delete()
        execute_all()
        assert Job.objects.get(pk=delivery.pk).message == "The webhook was deleted, so it was not called."
        assert receiver.calls == []

    def test_a_secret_that_was_lost(self, delivery: Delivery, receiver: Receiver, settings: Any) -> None:
        settings.SECRET_KEY = "another one"
        execute_all()
        delivery.refresh_from_db()
        assert delivery.error.startswith("The desk’s SECRET_KEY has changed, so its secret is lost.")
        assert receiver.calls == []

    def test_one_that_is_cancelled_and_one_that_is_retried(self, delivery: Delivery, receiver: Receiver) -> None:
        assert cancel(Job.objects.get(pk=delivery.pk))
        delivery.refresh_from_db()
        assert (delivery.state, delivery.error) == ("failed", "Cancelled before it continued.")
        assert retry(Job.objects.get(pk=delivery.pk))
        execute_all()
        delivery.refresh_from_db()
        assert (delivery.state, len(receiver.calls)) == ("delivered", 1)


class TestSwitchingOff:
    def fail(self, webhook: Webhook) -> None:
        ended_job(webhook.owner)
        execute_all()

    def test_after_20_in_a_row_it_is_off_and_its_owner_is_told_once(
        self, webhook: Webhook, receiver: Receiver, alice: Any
    ) -> None:
        receiver.answer = answers.plain(404)
        for _ in range(MOST_FAILURES + 1):
            self.fail(webhook)
        webhook.refresh_from_db()
        assert (webhook.enabled, webhook.failures, len(receiver.calls)) == (False, MOST_FAILURES, MOST_FAILURES)
        assert webhook.stopped is not None
        (email,) = mail.outbox
        assert email.to == [alice.email]
        assert email.subject == "Your webhook 127.0.0.1 is switched off"
        assert "127.0.0.1 answered 404 Not Found." in email.body
        assert f"http://testserver/webhooks/{webhook.pk}/" in email.body

    def test_one_that_is_taken_begins_the_count_again(self, webhook: Webhook, receiver: Receiver) -> None:
        Webhook.objects.update(failures=MOST_FAILURES - 1)
        self.fail(webhook)
        receiver.answer = answers.plain(404)
        self.fail(webhook)
        webhook.refresh_from_db()
        assert (webhook.enabled, webhook.failures) == (True, 1)

    def test_switched_on_it_begins_again(self, webhook: Webhook) -> None:
        Webhook.objects.update(enabled=False, failures=MOST_FAILURES, stopped=timezone.now())
        webhook.switch(on=True)
        webhook.refresh_from_db()
        assert (webhook.enabled, webhook.failures, webhook.stopped) == (True, 0, None)

    def test_who_has_switched_it_on_again_gets_no_email(self, webhook: Webhook) -> None:
        job = tasks.send_stopped.delay(webhook=webhook.pk)
        execute_all()
        job.refresh_from_db()
        assert job.message == "The webhook was deleted or switched on again, so no email was sent."
        assert mail.outbox == []


def test_old_deliveries_are_removed_and_nought_days_keep_them(alice: Any, settings: Any) -> None:
    webhook, old = webhook_of(alice), timezone.now() - timedelta(days=31)
    for state, created in (("failed", old), ("delivered", old), ("waiting", old), ("failed", timezone.now())):
        delivery_of(alice, webhook, state=state, created=created)
    settings.WEBHOOKS_KEEP_DAYS = 0
    remove_old_deliveries.delay()
    execute_all()
    assert Delivery.objects.count() == 4
    settings.WEBHOOKS_KEEP_DAYS = 30
    job = remove_old_deliveries.delay()
    execute_all()
    job.refresh_from_db()
    assert job.message == "2 old deliveries deleted."
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["failed", "waiting"]


def test_a_delivery_is_silent() -> None:
    assert deliver.kind.silent
    assert tasks.send_stopped.kind.silent
