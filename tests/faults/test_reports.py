"""Reports through a real worker process: a GitHub with limits, workers that die, and the file in the end."""

import csv
import signal
from typing import Any

import pytest

from task.jobs.models import Job
from task.reports import files
from task.reports.models import Report, Repository
from task.reports.tasks import build_csv, crawl, remove_old_reports, send_report_mail
from tests.faults.conftest import ended
from tests.processes import Worker, wait_until
from tests.services.github import GitHub

pytestmark = pytest.mark.broker


def row(owner: Any, count: int, **fields: Any) -> Any:
    def save(job: Job) -> None:
        Report.objects.create(crawl=job, owner=owner, count=count, language="Python", **fields)

    return save


def report_of(job: Job, worker: Worker) -> Report:
    """The report, once both its jobs have ended."""
    wait_until(lambda: not Report.objects.get(crawl=job.pk).is_working, seconds=90, what=worker.said)
    return Report.objects.get(crawl=job.pk)


def stopped_between_pages(worker: Worker, job: Job, github: GitHub) -> bool:
    """Stop the worker; whether it runs the job, and has committed every page that it got. Else it goes on."""
    worker.signal(signal.SIGSTOP)
    quiet = [0]

    def settled() -> bool:
        """A question on its way reaches GitHub within moments: what is so ten times in a row stays so."""
        quiet.append(len(github.requests))
        return len(quiet) > 10 and len(set(quiet[-10:])) == 1

    wait_until(settled)
    row = Job.objects.get(pk=job.pk)
    if row.state == "running" and row.done == 100 * len(github.good) >= 200:
        return True
    worker.signal(signal.SIGCONT)
    return False


def test_a_thousand_with_limits_and_a_worker_killed_between_pages(start_worker: Any, alice: Any) -> None:
    """10 questions a minute scaled down to 4 in 3 s, one secondary limit, kill -9 in the middle: ten good questions."""
    with GitHub(limit=4, window=3) as github:
        github.secondary = {6}
        worker = start_worker(TEST_GITHUB_API_URL=github.url, EMAIL_URL="consolemail://", TEST_EMAIL="console")
        job = crawl.apply_async(kwargs={"language": "Python", "count": 1000}, owner=alice, rows=row(alice, 1000))
        wait_until(lambda: stopped_between_pages(worker, job, github), seconds=90, every=0.1, what=worker.said)
        worker.signal(signal.SIGKILL)
        Job.objects.filter(pk=job.pk).update(lease_until="2000-01-01T00:00:00Z")
        worker = start_worker(TEST_GITHUB_API_URL=github.url, EMAIL_URL="consolemail://", TEST_EMAIL="console")
        report = report_of(job, worker)
        wait_until(lambda: "To: alice@example.org" in worker.said(), what=worker.said)
    job.refresh_from_db()
    told = [entry.get("reason", entry["what"]) for entry in job.history]
    assert "worker lost" in told
    assert any("asked us to wait" in reason for reason in told)
    assert any("are used up" in reason for reason in told)
    assert (report.state, report.rows) == ("done", 1000)
    assert Repository.objects.filter(report=report).values("github_id").distinct().count() == 1000
    assert len(github.good) == 10, [asked.page for asked in github.good]
    assert sorted(asked.page for asked in github.good) == list(range(1, 11))
    assert len(github.refused) == 1  # the secondary limit; no question went out that the other would have refused
    with files.path_of(report).open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert len({line["full_name"] for line in table}) == 1000
    stars = [int(line["stars"]) for line in table]
    assert stars == sorted(stars, reverse=True)
    assert worker.said().count("To: alice@example.org") == 1
    assert f"http://testserver/reports/{report.pk}/" in worker.said()


def test_the_file_of_a_report_whose_worker_was_killed_at_it(start_worker: Any, alice: Any) -> None:
    report = Report.objects.create(crawl_id="1" * 32, owner=alice, count=500, language="Go", mail=False)
    Repository.objects.bulk_create(Repository(report=report, github_id=n, stars=n % 97) for n in range(1, 501))
    job = build_csv.apply_async(kwargs={"report": report.pk}, owner=alice)
    worker = start_worker()
    wait_until(lambda: Job.objects.get(pk=job.pk).claims, what=worker.said)
    worker.signal(signal.SIGKILL)
    Job.objects.filter(pk=job.pk, state="running").update(lease_until="2000-01-01T00:00:00Z")
    assert ended(job, start_worker()).state == "succeeded"
    assert [entry.name for entry in files.folder_of(report.pk).iterdir()] == [report.file_name]
    assert files.path_of(report).read_text("utf-8-sig").count("\n") == 501


def test_email_and_retention(start_worker: Any, alice: Any) -> None:
    worker = start_worker(EMAIL_URL="consolemail://", TEST_EMAIL="console")
    old = Report.objects.create(crawl_id="1" * 32, owner=alice, count=1, language="Go", state="done")
    mail = send_report_mail.apply_async(kwargs={"report": old.pk}, owner=alice)
    assert ended(mail, worker).message == "Email sent."
    files.folder_of(old.pk).mkdir(parents=True)
    (files.folder_of(old.pk) / old.file_name).write_text("name\n")
    Report.objects.update(ended="2001-01-01T00:00:00Z")
    job = ended(remove_old_reports.apply_async(owner=None), worker)
    assert (job.state, job.message) == ("succeeded", "1 report older than 30 days deleted.")
    assert not Report.objects.exists()
    assert not files.folder_of(old.pk).exists()
