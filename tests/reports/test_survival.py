"""Each kind of job of this feature is killed before each of its statements."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from task.jobs.engine.executor import execute
from task.jobs.engine.guards import allow_writes
from task.jobs.engine.run import Run
from task.jobs.engine.transitions import cancel, retry
from task.jobs.models import Job
from task.jobs.testing import assert_survives, execute_all
from task.reports import files, tasks
from task.reports.models import Report, Repository
from tests.reports.conftest import ask, rows
from tests.services.github import GitHub, made_up

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_crawl_survives(github: GitHub, alice: Any, media: Path) -> None:
    def reset() -> None:
        github.reset_counts()
        shutil.rmtree(media, ignore_errors=True)

    # Three short pages: enough for each statement there is, and few rows to put back before each kill.
    github.pages = {page: [made_up(20 * page + n) for n in range(20)] for page in (1, 2, 3)}
    github.total, github.incomplete = 250, {2}
    made = rows(alice, 250, mail=False)  # an email has the id of its job in its name, which is another in each run
    points = assert_survives(tasks.crawl, owner=alice, rows=made, reset=reset, language="Python", count=250)
    assert points > 35


def test_the_crawl_survives_with_repeats_and_an_early_end(github: GitHub, alice: Any, media: Path) -> None:
    github.pages = {1: [made_up(n) for n in range(1, 6)], 2: [made_up(n) for n in range(3, 9)], 3: []}
    made = rows(alice, 200, mail=False)
    assert_survives(
        tasks.crawl, owner=alice, rows=made, reset=github.reset_counts, language="Python", count=200,
    )  # fmt: skip


def test_building_survives(github: GitHub, alice: Any, media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "STEP", 40)
    execute(ask(alice, 90, mail=False).pk)
    Job.objects.filter(kind="reports.build").delete()
    report = Report.objects.get()

    def reset() -> None:
        shutil.rmtree(media, ignore_errors=True)

    assert assert_survives(tasks.build_csv, owner=alice, reset=reset, report=report.pk) > 10
    assert mail.outbox == []


def test_the_email_survives(github: GitHub, alice: Any) -> None:
    ask(alice, 1, mail=False)
    execute_all()
    assert assert_survives(tasks.send_report_mail, owner=alice, report=Report.objects.get().pk) >= 5


def test_the_retention_survives(github: GitHub, alice: Any, media: Path) -> None:
    for _ in range(3):
        ask(alice, 20, mail=False)
    execute_all()
    old = list(Report.objects.order_by("id")[:2])
    Report.objects.filter(pk__in=[report.pk for report in old]).update(ended=timezone.now() - timedelta(days=31))
    kept = media.with_name("kept")
    shutil.copytree(media, kept)

    def reset() -> None:
        left = {int(folder.name) for folder in files.root().iterdir()}
        assert left in ({report.pk for report in Report.objects.all()}, {old[-1].pk + 1})
        shutil.rmtree(media)
        shutil.copytree(kept, media)

    assert assert_survives(tasks.remove_old_reports, reset=reset) >= 15


def test_the_rows_of_a_report_go_with_it(github: GitHub, alice: Any, media: Path) -> None:
    for _ in range(2):
        ask(alice, 30, mail=False)
    execute_all()
    first, second = Report.objects.order_by("id")
    Report.objects.filter(pk=first.pk).update(ended=timezone.now() - timedelta(days=31))
    job = tasks.remove_old_reports.delay()
    (files.root() / "99999").mkdir()
    (files.root() / "notes").mkdir()
    execute_all()
    job.refresh_from_db()
    assert job.message == "1 report older than 30 days deleted."
    assert list(Report.objects.all()) == [second]
    assert set(Repository.objects.values_list("report", flat=True)) == {second.pk}
    assert {folder.name for folder in files.root().iterdir()} == {str(second.pk), "notes"}


def test_what_is_being_made_is_not_removed_and_0_days_keep_everything(alice: Any, settings: Any) -> None:
    ask(alice, 1)
    Report.objects.update(created=timezone.now() - timedelta(days=400))
    job = tasks.remove_old_reports.delay()
    execute(job.pk)
    assert Report.objects.count() == 1
    Report.objects.update(state="done", ended=timezone.now() - timedelta(days=400))
    settings.REPORTS_KEEP_DAYS = 0
    job = tasks.remove_old_reports.delay()
    execute(job.pk)
    job.refresh_from_db()
    assert job.message == "Reports are kept for ever, so none were deleted."
    assert Report.objects.count() == 1


def test_the_age_of_a_report_counts_from_its_end(github: GitHub, alice: Any) -> None:
    """One that failed a month ago and is made today stays for a month."""
    github.token = "another"
    job = ask(alice, 1)
    execute_all()
    report = Report.objects.get()
    assert (report.state, report.ended is not None) == ("failed", True)
    long_ago = timezone.now() - timedelta(days=31)
    Report.objects.update(created=long_ago, ended=long_ago)
    github.token = ""
    assert retry(Job.objects.get(pk=job.pk))
    report.refresh_from_db()
    assert (report.state, report.ended) == ("working", None)
    execute_all()
    report.refresh_from_db()
    assert (report.state, report.ended > timezone.now() - timedelta(hours=1)) == ("done", True)
    tasks.remove_old_reports.delay()
    execute_all()
    assert Report.objects.count() == 1


def test_a_cancelled_report_ages_too(github: GitHub, alice: Any) -> None:
    jobs = [ask(alice, 1), ask(alice, 1)]
    execute(jobs[1].pk)
    assert cancel(jobs[0])
    assert cancel(Job.objects.get(parent=jobs[1]))
    assert Report.objects.filter(state="cancelled", ended__isnull=False).count() == 2


def test_a_retry_between_look_and_step_keeps_the_report(
    github: GitHub, alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [ask(alice, 1), ask(alice, 1)]
    for job in jobs:
        cancel(job)
    long_ago = timezone.now() - timedelta(days=31)
    Report.objects.update(ended=long_ago, created=long_ago)
    real, retried = Run.step, []

    def late(run: Run) -> Any:
        if not retried:
            with allow_writes():
                retried.append(retry(Job.objects.get(pk=jobs[0].pk)))
        return real(run)

    job = tasks.remove_old_reports.delay()
    with monkeypatch.context() as patch:
        patch.setattr(Run, "step", late)
        execute(job.pk)
    job.refresh_from_db()
    assert retried == [True]
    assert (job.state, job.message) == ("succeeded", "1 report older than 30 days deleted.")
    assert Report.objects.get().crawl == jobs[0]
    execute_all()
    assert Report.objects.get().state == "done"


@pytest.mark.sqlite
def test_the_old_are_found_by_an_index(alice: Any) -> None:
    job = tasks.remove_old_reports.delay()
    with CaptureQueriesContext(connection) as queries:
        execute(job.pk)
    looks = [query["sql"] for query in queries if 'FROM "reports_report"' in query["sql"]]
    assert looks
    for sql in looks:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + sql)
            plan = "; ".join(row[3] for row in cursor.fetchall())
        assert "report_by_age (ended<?)" in plan, plan
        assert "TEMP B-TREE" not in plan, plan
