"""What ends, cancels or sends a job again works inside a transaction of somebody else's, and leaves that one whole."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from task.jobs.engine import transitions
from task.jobs.engine.errors import Fail
from task.jobs.models import Job, State
from tests.workbench import tasks
from tests.workbench.models import Thing

pytestmark = pytest.mark.django_db(transaction=True)


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


@pytest.fixture
def a_hook_that_breaks_a_rule_of_the_database(monkeypatch):
    """On PostgreSQL nothing more goes through a transaction in which a statement failed."""
    Thing.objects.create(name="one")
    monkeypatch.setattr(tasks.do_nothing.kind, "on_end", [lambda row: Thing.objects.create(name="one")])


@pytest.mark.parametrize("task", [tasks.with_bad_hook, tasks.do_nothing], ids=lambda task: task.kind.name)
def test_a_hook_that_fails_in_an_outer_transaction_ends_its_job(task, a_hook_that_breaks_a_rule_of_the_database):
    job = task.delay()
    with transaction.atomic():
        assert transitions.cancel(job)
        Thing.objects.create(name="of the outer one")
    assert fresh(job).state == State.CANCELLED
    assert ("This hook is wrong" if task is tasks.with_bad_hook else "IntegrityError") in fresh(job).traceback
    assert Thing.objects.filter(name="of the outer one").exists()


def test_what_the_hooks_before_it_wrote_goes_with_the_one_that_failed(monkeypatch):
    def writes(row: Job) -> None:
        Thing.objects.create(name="by the first hook")

    monkeypatch.setattr(tasks.with_bad_hook.kind, "on_end", [writes, tasks.wrong_hook])
    job = tasks.with_bad_hook.delay()
    with transaction.atomic():
        assert transitions.cancel(job)
    assert fresh(job).state == State.CANCELLED
    assert not Thing.objects.exists()


def test_the_cancel_button_works_where_each_request_is_a_transaction(monkeypatch, alice):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    job = tasks.with_bad_hook.apply_async(owner=alice)
    client = Client()
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(f"/jobs/{job.pk}/cancel/").status_code == 302
    assert fresh(job).state == State.CANCELLED


def test_a_retry_that_its_kind_refuses_leaves_an_outer_transaction_whole(monkeypatch):
    def refuses(row: Job) -> None:
        Thing.objects.create(name="half")
        raise Fail("It can't work any more.")

    job = tasks.do_nothing.delay()
    transitions.cancel(job)
    monkeypatch.setattr(tasks.do_nothing.kind, "on_retry", [refuses])
    with transaction.atomic():
        with pytest.raises(Fail):
            transitions.retry(job)
        Thing.objects.create(name="of the outer one")
    assert fresh(job).state == State.CANCELLED
    assert list(Thing.objects.values_list("name", flat=True)) == ["of the outer one"]


def test_a_unique_key_that_is_taken_leaves_an_outer_transaction_whole():
    tasks.do_nothing.apply_async(unique_key="a" * 64)
    with transaction.atomic():
        with pytest.raises(IntegrityError):
            tasks.do_nothing.apply_async(unique_key="a" * 64)
        Thing.objects.create(name="of the outer one")
    assert (Job.objects.count(), Thing.objects.count()) == (1, 1)
