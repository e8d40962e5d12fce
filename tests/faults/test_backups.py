"""Backups through real workers: taken while others write, and brought back elsewhere."""

import signal

import pytest
from django.db import connection

from task.accounts.models import User, UserBatch
from task.accounts.random_users import random_users
from task.accounts.tasks import generate_random_users
from task.backups import archive
from task.backups.models import Backup
from task.backups.tasks import RESTORED, back_up, email_staff, remove_old_backups, send_failure
from task.jobs.engine import transitions
from task.jobs.models import Job
from tests.backups.place import of_this_vendor
from tests.faults.conftest import ended
from tests.processes import Worker, running, wait_until

pytestmark = pytest.mark.broker


@pytest.fixture
def place(settings, tmp_path):
    settings.BACKUP_DIR = tmp_path / "backups"
    return settings.BACKUP_DIR


def test_a_backup_and_its_retention(start_worker, alice, place):
    worker = start_worker(BACKUP_DIR=str(place))
    job = ended(back_up.apply_async(owner=alice), worker)
    assert job.state == "succeeded", job.error + job.traceback
    row = Backup.objects.get(job_id=job.pk)
    assert (row.state, row.size) == ("good", row.path.stat().st_size)
    wait_until(lambda: Job.objects.filter(kind="backups.retention", state="succeeded").exists(), what=worker.said)
    assert ended(remove_old_backups.apply_async(owner=alice), worker).message == "No old backups deleted."
    assert [path.name for path in place.iterdir()] == [row.name]


def test_a_failed_backup_tells_the_staff(start_worker, alice, place):
    alice.is_staff = True
    alice.save()
    place.write_text("a file, where the folder should be")
    worker = start_worker(BACKUP_DIR=str(place), EMAIL_URL="consolemail://", TEST_EMAIL="console")
    job = ended(back_up.delay(), worker)
    assert (job.state, "can't be written" in job.error) == ("failed", True)
    wait_until(lambda: "To: alice@example.org" in worker.said(), what=worker.said)
    row = Backup.objects.get(job_id=job.pk)
    assert ended(email_staff.delay(backup=row.pk), worker).message == "Sending 1 email."
    assert ended(send_failure.delay(backup=row.pk, person=alice.pk), worker).message == "Email sent."


# A backup taken while ten jobs write, brought back elsewhere

MANY, TOTAL = 10, 10_000


def write_and_back_up(start_worker, alice, place):
    """A backup that was taken in the middle of ten jobs."""
    worker = start_worker(processes=2, BACKUP_DIR=str(place))
    writers = [generate_random_users.apply_async(kwargs={"total": TOTAL}, owner=alice) for _ in range(MANY)]
    wait_until(lambda: User.objects.count() > 3000, what=worker.said)
    job = back_up.delay()
    wait_until(lambda: not Job.objects.get(pk=job.pk).is_active, 120, what=worker.said)
    job.refresh_from_db()
    assert job.state == "succeeded", job.error + job.traceback
    for writer in writers:
        transitions.cancel(Job.objects.get(pk=writer.pk))
    worker.stop()  # else it takes rings for the restored desk, which has the same broker
    return Backup.objects.get(job_id=job.pk).path


def comes_back_whole(broker, path, target):
    done = target.restore(path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    jobs = target.ask("SELECT id, state, error, done FROM jobs_job WHERE kind = 'accounts.generate'")
    open_ones = [row for row in jobs if row[1] == "failed"]
    assert len(jobs) == MANY
    assert open_ones
    assert {row[2] for row in open_ones} == {RESTORED}
    # As many users as the last committed step of each job says, in each batch.
    counted = (
        "SELECT job_id, made, (SELECT count(*) FROM accounts_user u WHERE u.batch_id = b.id) FROM accounts_userbatch b"
    )
    batches = {key: (made, count) for key, made, count in target.ask(counted)}
    assert all(batches.get(key, (0, 0)) == (so_far, so_far) for key, _, _, so_far in jobs)
    # Retried there, with a worker of that place, it goes on to exactly its total. (One may have come to its last step
    # and not yet to its end.)
    key = max((row for row in open_ones if row[3] < TOTAL), key=lambda row: row[3])[0]
    imports = "from task.jobs.engine.transitions import retry; from task.jobs.models import Job"
    words = f"{imports}; retry(Job.objects.get(pk='{key}'))"
    retried = target.manage("shell", "--command", words, LOCAL="1")
    assert retried.returncode == 0, retried.stderr
    worker = Worker(broker.url, target.database_url, VAR_DIR=str(target.var_dir))
    with running(worker):
        own = f"SELECT state FROM jobs_job WHERE id = '{key}'"
        wait_until(lambda: target.ask(own) == [("succeeded",)], 120, what=worker.said)
    made = (
        f"SELECT count(*) FROM accounts_user u JOIN accounts_userbatch b ON u.batch_id = b.id WHERE b.job_id = '{key}'"
    )
    assert target.ask(made) == [(TOTAL,)]


def test_taken_while_ten_jobs_write_and_restored_elsewhere(broker, start_worker, alice, place, tmp_path):
    path = write_and_back_up(start_worker, alice, place)
    target = of_this_vendor(tmp_path)
    try:
        comes_back_whole(broker, path, target)
        if connection.vendor == "sqlite":
            assert target.ask("PRAGMA integrity_check") == [("ok",)]
            assert target.ask("PRAGMA foreign_key_check") == []
        else:
            loose = "SELECT conname FROM pg_constraint WHERE contype = 'f' AND NOT convalidated"
            assert target.ask(loose) == []
    finally:
        target.close()


@pytest.mark.parametrize("after", ["copy", "pack"])
def test_a_worker_killed_in_the_middle_leaves_one_backup_and_no_half_file(start_worker, alice, place, after):
    batch = UserBatch.objects.create(job_id="1" * 32, total=30_000)
    for begin in range(0, 30_000, 1000):
        User.objects.bulk_create(random_users(batch.pk, range(begin, begin + 1000), 30_000))
    worker = start_worker(BACKUP_DIR=str(place))
    job = back_up.delay()
    wait_until(lambda: place.exists() and list(place.glob(f".*.1.{after}")), what=worker.said, every=0.001)
    worker.signal_pool(signal.SIGKILL)
    assert ended(job, worker).state == "succeeded"
    row = Backup.objects.get()
    assert [path.name for path in place.iterdir()] == [row.name]
    assert archive.read(row.path).sha256 == row.sha256
