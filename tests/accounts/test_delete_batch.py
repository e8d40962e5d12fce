"""Staff delete the users of a batch, as a job."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from task.accounts.models import User, UserBatch
from task.accounts.tasks import delete_random_users, generate_random_users
from task.jobs.engine.transitions import cancel, retry
from task.jobs.models import Job, State
from task.jobs.testing import execute_all
from tests.accounts.pages import flashes, send, token_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(alice):
    generate_random_users.apply_async(kwargs={"total": 2100}, owner=alice)
    generate_random_users.apply_async(kwargs={"total": 60}, owner=alice)
    execute_all()
    return UserBatch.objects.get(total=2100)


def url_of(batch):
    return reverse("batch_delete", args=[batch.pk])


def test_strangers_log_in_and_members_find_nothing(client, member, batch):
    assert client.post(url_of(batch)).headers["Location"].startswith(reverse("login"))
    assert member.get(url_of(batch)).status_code == member.post(url_of(batch)).status_code == 404
    assert User.objects.filter(batch=batch).count() == 2100


def test_a_get_asks_and_deletes_nothing(staff, batch):
    assert "This deletes 2,100 random users" in staff.get(url_of(batch)).content.decode()
    assert Job.objects.filter(kind="accounts.delete_batch").count() == 0


def test_the_worker_deletes_this_batch_and_no_other_user(staff, sam, alice, batch):
    assert send(staff, url_of(batch)).headers["Location"] == reverse("generate")
    assert User.objects.filter(batch=batch).count() == 2100
    assert "being deleted" in staff.get(reverse("generate")).content.decode()
    execute_all()
    job = Job.objects.get(kind="accounts.delete_batch")
    assert (job.state, job.message, job.done) == (
        State.SUCCEEDED,
        "2,100 random users deleted.",
        2100,
    )
    assert not User.objects.filter(batch=batch).exists()
    assert User.objects.filter(is_random=True).count() == 60
    assert set(User.objects.filter(is_random=False)) == {alice, sam}
    batch.refresh_from_db()
    assert batch.deleted is not None
    assert UserBatch.objects.filter(deleted=None).count() == 1


def test_what_such_a_user_left_behind_goes_or_stays_without_an_owner(staff, sam, batch):
    user = User.objects.filter(batch=batch).first()
    LogEntry.objects.create(user=user, action_flag=1, object_repr="x")
    job = generate_random_users.apply_async(kwargs={"total": 50}, owner=user)
    send(staff, url_of(batch))
    execute_all()
    assert not LogEntry.objects.exists()
    job.refresh_from_db()
    assert (job.owner, job.state) == (None, State.SUCCEEDED)


def test_a_double_click_is_one_job_and_a_second_wish_is_told(staff, batch):
    fields = {"form_token": token_of(staff, url_of(batch))}
    staff.post(url_of(batch), fields)
    assert "already sent" in flashes(staff.post(url_of(batch), fields))[-1]
    assert "being deleted" in flashes(send(staff, url_of(batch)))[-1]
    assert Job.objects.filter(kind="accounts.delete_batch").count() == 1
    execute_all()
    assert "already deleted" in flashes(send(staff, url_of(batch)))[-1]


def test_a_batch_that_is_still_made_is_not_deleted(staff, alice):
    job = generate_random_users.apply_async(kwargs={"total": 50}, owner=alice)
    batch = UserBatch.objects.create(job_id=job.pk, total=50)
    for answer in (staff.get(url_of(batch)), staff.post(url_of(batch))):
        assert answer.headers["Location"] == job.get_absolute_url()
        assert "still being made" in flashes(answer)[-1]
    assert not Job.objects.filter(kind="accounts.delete_batch").exists()


def test_a_deletion_that_was_cancelled_can_be_asked_for_again(staff, batch):
    send(staff, url_of(batch))
    job = Job.objects.get(kind="accounts.delete_batch")
    cancel(job)
    batch.refresh_from_db()
    assert batch.deleting is None
    retry(job)
    batch.refresh_from_db()
    assert batch.deleting == job
    execute_all()
    assert not User.objects.filter(batch=batch).exists()


def test_no_batch_is_a_404(staff):
    assert staff.get(reverse("batch_delete", args=[999])).status_code == 404


def test_an_emptied_batch_ends_well(staff, batch):
    User.objects.filter(batch=batch).delete()
    job = delete_random_users.delay(batch=batch.pk)
    execute_all()
    job.refresh_from_db()
    assert (job.state, job.message) == (State.SUCCEEDED, "0 random users deleted.")
