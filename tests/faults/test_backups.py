"""Backups through real workers: taken while others write, and brought back elsewhere."""

import pytest

from task.backups.models import Backup
from task.backups.tasks import back_up, remove_old, send_failure, tell_staff
from task.jobs import submit
from task.jobs.models import Job
from tests.faults.conftest import ended
from tests.processes import wait_until

pytestmark = pytest.mark.broker


@pytest.fixture
def place(settings, tmp_path):
    settings.BACKUP_DIR = tmp_path / "backups"
    return settings.BACKUP_DIR


def test_a_backup_and_its_retention(start_worker, alice, place):
    worker = start_worker(BACKUP_DIR=str(place))
    job = ended(submit(back_up, owner=alice), worker)
    assert job.state == "succeeded", job.error + job.traceback
    row = Backup.objects.get(job_id=job.pk)
    assert (row.state, row.size) == ("good", row.path.stat().st_size)
    wait_until(lambda: Job.objects.filter(kind="backups.retention", state="succeeded").exists(), what=worker.said)
    assert ended(submit(remove_old, owner=alice), worker).message == "No old backups removed."
    assert [path.name for path in place.iterdir()] == [row.name]


def test_a_failed_backup_tells_the_staff(start_worker, alice, place):
    alice.is_staff = True
    alice.save()
    place.write_text("a file, where the folder should be")
    worker = start_worker(BACKUP_DIR=str(place), EMAIL_URL="consolemail://", TEST_EMAIL="console")
    job = ended(submit(back_up), worker)
    assert (job.state, "can't be written" in job.error) == ("failed", True)
    wait_until(lambda: "To: alice@example.org" in worker.said(), what=worker.said)
    row = Backup.objects.get(job_id=job.pk)
    assert ended(submit(tell_staff, backup=row.pk), worker).message == "One email is on its way."
    assert ended(submit(send_failure, backup=row.pk, person=alice.pk), worker).message == "The email is sent."
