"""The list, back up now, the download: for staff, and nobody else is told that there are such pages."""

import hashlib
from datetime import UTC, datetime

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from task.backups.models import Backup
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.backups.conftest import made, signed_in
from tests.backups.pages import backup, good
from tests.reading import read

pytestmark = pytest.mark.django_db(transaction=True)

LIST, NEW = reverse("backups_list"), reverse("backup_new")


def flashes(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def token_of(client: Client, url: str = LIST) -> str:
    return client.get(url).context["form_token"]


def test_a_member_finds_nothing_and_a_stranger_logs_in_first(client, member):
    row = made()
    for url in (LIST, NEW, reverse("backup_download", args=[row.pk])):
        assert member.get(url).status_code == 404
        assert client.get(url).headers["Location"].startswith(reverse("login"))
    assert member.post(NEW).status_code == 404
    assert client.post(NEW).headers["Location"].startswith(reverse("login"))
    assert Job.objects.filter(kind="backups.back_up").count() == 1
    assert b"Backups" not in member.get(reverse("home")).content


def test_a_backup_that_is_put_off_says_why_and_not_what_it_did_before(staff):
    staff.post(NEW, {"form_token": token_of(staff)})
    Backup.objects.update(stage="copying the database")
    later = datetime(2031, 5, 6, 16, 47, tzinfo=UTC)
    Job.objects.update(message="The disk is full.", run_after=later)
    text = staff.get(LIST).content.decode()
    assert "The disk is full. Next try at 16:47:00." in read(text)
    assert "opying the database" not in text
    assert 'class="word">waiting' in text
    Job.objects.update(state="running", run_after=None, message="")
    text = staff.get(LIST).content.decode()
    assert "Copying the database" in text
    assert 'class="word">running' in text


def test_back_up_now_and_see_it_become_good(staff, sam):
    assert b"No backups yet." in staff.get(LIST).content
    answer = staff.post(NEW, {"form_token": token_of(staff)})
    assert answer.headers["Location"] == LIST
    assert flashes(answer) == ["We are making a backup. This page shows when it is verified."]
    job, row = Job.objects.get(), Backup.objects.get()
    assert (row.job_id, row.state, job.owner) == (job.pk, "waiting", sam)
    page = staff.get(LIST)
    assert (page.context["live_url"], b"Waiting for a worker" in page.content) == (LIST, True)
    execute_all()
    page = staff.get(LIST)
    row.refresh_from_db()
    assert (row.state, page.context["live_url"]) == ("good", "")
    text = page.content.decode()
    assert row.sha256 in text
    assert f"{row.rows} rows, 2 media files" in text
    assert "Last verified: " in text
    row.path.unlink()
    text = staff.get(LIST).content.decode()
    assert "file missing" in text
    assert "No verified backup yet." in text


def test_a_double_click_is_one_backup(staff):
    token = token_of(staff)
    staff.post(NEW, {"form_token": token})
    assert "already sent" in flashes(staff.post(NEW, {"form_token": token}))[-1]
    assert Backup.objects.count() == 1
    staff.post(NEW, {"form_token": token_of(staff, NEW)})
    assert Backup.objects.count() == 2


def test_a_form_from_elsewhere_is_refused(sam):
    client = Client(enforce_csrf_checks=True)
    client.force_login(sam, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(NEW).status_code == 403
    assert not Backup.objects.exists()


def test_only_superusers_can_download(staff, root):
    row = made()
    url = reverse("backup_download", args=[row.pk])
    assert staff.get(url).status_code == 404
    assert root.get(url).status_code == 200
    assert url not in staff.get(LIST).content.decode()
    assert url in root.get(LIST).content.decode()


def test_the_download_is_the_file_byte_for_byte(root):
    row = made()
    answer = root.get(reverse("backup_download", args=[row.pk]), headers={"accept-encoding": "gzip"})
    assert answer.streaming
    data = b"".join(answer.streaming_content)
    assert hashlib.sha256(data).hexdigest() == row.sha256
    assert answer.headers["Content-Length"] == str(row.size)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{row.name}"'
    assert (answer.headers["Content-Type"], answer.headers["X-Content-Type-Options"]) == ("application/gzip", "nosniff")
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_file_that_is_gone_is_a_sentence(root):
    row = made()
    row.path.unlink()
    answer = root.get(reverse("backup_download", args=[row.pk]))
    assert answer.headers["Location"] == LIST
    assert f"{row.name} is no longer in BACKUP_DIR" in flashes(answer)[0]
    assert b"Its file is not in the backup folder." in root.get(LIST).content


@pytest.mark.parametrize("state", ["waiting", "failed", "cancelled"])
def test_only_a_good_one_can_be_fetched(root, state):
    url = reverse("backup_download", args=[backup(1, state=state).pk])
    assert root.get(url).status_code == 404
    assert root.post(url).status_code == 405
    assert root.get(reverse("backup_download", args=[10**12])).status_code == 404


def test_odd_addresses_are_no_fault(staff):
    good(1)
    for query in ("?after=x", "?before=%00", "?sort=%F0%9F%93%9A", "?after=" + "9" * 10_000, "?last=1&sort=oldest"):
        assert staff.get(LIST + query).status_code == 200


def test_the_home_page_of_staff_tells_of_a_failed_one_until_a_newer_one_is_good(staff, alice):
    home = reverse("home")
    good(5)
    assert b"Needs attention" not in staff.get(home).content
    backup(3, state="failed", reason="<b>The disk is full.</b>")
    text = staff.get(home).content.decode()
    assert "Needs attention" in text
    assert "&lt;b&gt;The disk is full." in text
    assert b"Needs attention" not in signed_in(alice).get(home).content
    backup(2, state="cancelled")
    backup(1)
    assert b"Needs attention" in staff.get(home).content
    good(1)
    assert b"Needs attention" not in staff.get(home).content


def test_a_job_that_is_gone_is_not_linked(staff):
    row = backup(1, state="failed", reason="The disk is full.")
    link = reverse("job_detail", args=[row.job_id]).encode()
    for url in (LIST, reverse("home")):
        page = staff.get(url).content
        assert b"The disk is full." in page
        assert link not in page
    row = made()
    assert reverse("job_detail", args=[row.job_id]).encode() in staff.get(LIST).content
