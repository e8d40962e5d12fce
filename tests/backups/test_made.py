"""The backup on the page of the job that made it."""

import pytest
from django.urls import reverse

from task.backups.models import Backup
from tests.backups.conftest import made, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_staff_see_it_and_superusers_have_its_file(staff, sam):
    row = made()
    job = row.job.get_absolute_url()
    link = reverse("backup_download", args=[row.pk])
    page = staff.get(job).content.decode()
    assert page.index("made-backups.made") < page.rindex("media file")
    assert link not in page
    sam.is_superuser = True
    sam.save()
    assert link in signed_in(sam).get(job).content.decode()


def test_a_file_that_is_gone_is_told_and_one_that_failed_was_not_made(staff):
    row = made()
    row.path.unlink()
    assert "file missing" in staff.get(row.job.get_absolute_url()).content.decode()
    Backup.objects.update(state="failed")
    assert "made-backups.made" not in staff.get(row.job.get_absolute_url()).content.decode()
