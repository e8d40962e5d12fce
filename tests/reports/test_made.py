"""The report on the pages of the jobs that make it, and its jobs on its own page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from task.jobs.engine.executor import execute
from task.jobs.models import Job
from task.jobs.testing import execute_all
from task.reports.models import Report
from tests.reports.conftest import ask
from tests.services.github import GitHub

pytestmark = pytest.mark.django_db


def page(client: Client, job: Job) -> str:
    return client.get(job.get_absolute_url()).content.decode()


def test_both_jobs_lead_to_the_report_and_its_file(member: Client, alice: Any, github: GitHub) -> None:
    ask(alice, 120)
    execute_all()
    report = Report.objects.get()
    for kind in ("reports.crawl", "reports.build"):
        text = page(member, Job.objects.get(kind=kind))
        assert text.index("What it made") < text.index(reverse("report_download", args=[report.pk]))
        assert f'href="{report.get_absolute_url()}">Open report' in text
        assert 'class="ranks"' in text
    assert "data-live" not in page(member, Job.objects.get(kind="reports.crawl"))


def test_nothing_is_made_before_the_first_row(member: Client, alice: Any, github: GitHub) -> None:
    job = ask(alice, 120)
    assert "Made so far" not in page(member, job)


def test_between_its_two_jobs_the_piece_goes_on_looking(member: Client, alice: Any, github: GitHub) -> None:
    job = ask(alice, 120)
    execute(job.pk)
    text = page(member, job)
    assert f'id="made-report" data-live="{job.get_absolute_url()}"' in text
    assert "so far" in text
    assert "Download CSV" not in text
    assert "no-script" in text


def test_the_report_links_its_jobs(
    member: Client, alice: Any, bob: Any, client_of: Callable[[Any], Client], github: GitHub
) -> None:
    ask(alice, 120)
    execute_all()
    report = Report.objects.get()
    text = member.get(report.get_absolute_url()).content.decode()
    for kind in ("reports.crawl", "reports.build"):
        assert Job.objects.get(kind=kind).get_absolute_url() in text
    assert client_of(bob).get(report.get_absolute_url()).status_code == 404


def test_a_report_that_was_deleted_is_made_no_more(member: Client, alice: Any, github: GitHub) -> None:
    job = ask(alice, 120)
    execute_all()
    Report.objects.all().delete()
    assert "made-reports.made" not in page(member, job)
