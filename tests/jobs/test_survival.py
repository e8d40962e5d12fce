"""Each kind of the workbench is killed before each of its statements."""

import pytest

from task.jobs.testing import assert_survives
from tests.workbench import tasks
from tests.workbench.models import Thing

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_empty_job_survives():
    assert assert_survives(tasks.do_nothing) >= 4


def test_batches_survive():
    assert assert_survives(tasks.make_things, total=10, size=3) >= 12


def test_a_drain_survives_and_its_hook_runs_once():
    Thing.objects.bulk_create([Thing(name=f"t{n}", waits=True) for n in range(7)])
    assert assert_survives(tasks.finish_things) >= 12


def test_a_walk_with_a_follow_up_job_survives():
    assert assert_survives(tasks.walk_pages) >= 15


def test_a_mail_survives_under_one_message_id():
    assert assert_survives(tasks.write_to, address="reader@example.com") >= 5


def test_a_reservation_survives():
    assert assert_survives(tasks.reserve) >= 6


def test_a_refusal_survives():
    assert assert_survives(tasks.refuse) >= 4


def test_waiting_survives():
    assert assert_survives(tasks.wait_for) >= 10


def test_the_proof_finds_a_job_that_counts_outside_its_step():
    with pytest.raises(AssertionError, match="differs"):
        assert_survives(tasks.forgetful)


def test_the_proof_finds_a_job_whose_rows_are_not_in_its_step():
    with pytest.raises(AssertionError, match="differs"):
        assert_survives(tasks.doubling)


def test_a_job_of_too_many_statements_is_told_to_be_smaller(monkeypatch):
    monkeypatch.setattr("task.jobs.testing.MOST_STATEMENTS", 20)
    with pytest.raises(AssertionError, match="Give it fewer: two batches are enough"):
        assert_survives(tasks.make_things, total=30, size=3)
