"""Somebody asks for a report, watches it being made, and takes the file home."""

import csv
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from task.jobs.engine.executor import execute
from task.jobs.models import Job
from task.jobs.testing import execute_all
from task.reports import github as client
from task.reports.models import Report
from tests.browser.conftest import Visit
from tests.services.github import GitHub, made_up


def test_from_the_form_to_the_file(
    visit: Visit, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(client, "SECONDS_A_REQUEST", 0.0)
    visitor = visit()
    page = visitor.open("/reports/")
    page.get_by_role("main").get_by_role("link", name="New report").click()
    page.get_by_label("Language").select_option("C++")
    page.get_by_label("Number of repositories").fill("120")
    page.get_by_label("Email me when it is ready").uncheck()
    page.get_by_role("button", name="Make report").click()
    page.wait_for_url("**/reports/")
    job, report = Job.objects.get(), Report.objects.get()
    told = page.get_by_role("status").filter(has_text="Making your report: 120 C++ repositories.")
    expect(told.get_by_role("link", name="Watch it")).to_have_attribute("href", job.get_absolute_url())
    row = page.locator(f"#report-{report.pk}")
    expect(row).to_contain_text("waiting")
    with GitHub(limit=1, window=60) as github:
        settings.GITHUB_API_URL = github.url
        execute(job.pk)
        expect(row).to_contain_text("GitHub allows 10 searches a minute without a token")
        expect(row.get_by_role("progressbar")).to_have_attribute("value", "100")
        row.get_by_role("link", name="120 C++ repositories").click()
        expect(page.get_by_role("heading", name="Waiting")).to_be_visible()
        search = page.get_by_role("searchbox", name="Search repositories")
        search.fill("a-pro")
        github.limit = 100
        github.reset_counts()
        client.rate_limit.RateLimit.objects.update(blocked_until=None)
        execute_all()
        # Drawn anew by itself, while somebody types.
        expect(page.locator("[data-live]")).to_have_count(0)
        expect(search).to_have_value("a-pro")
    expect(page.locator(".job-state")).to_contain_text("done")
    expect(page.get_by_role("img", name="stars")).to_be_visible()
    search.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(12)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    assert download.value.suggested_filename == f"github-c-plus-plus-120-{report.created:%Y-%m-%d}.csv"
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert [line["full_name"] for line in table] == [made_up(n)["full_name"] for n in range(1, 121)]
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete report").click()
    page.wait_for_url("**/reports/")
    expect(page.get_by_role("main")).to_contain_text("No reports yet")
    assert not Report.objects.exists()
    assert not visitor.wrong


def test_a_bad_count_comes_back_with_its_sentence_and_the_language_kept(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/reports/new/")
    page.get_by_label("Language").select_option("Zig")
    page.get_by_label("Number of repositories").fill("1001")
    page.locator("main form.form").evaluate("form => { form.noValidate = true; form.requestSubmit(); }")
    expect(page.locator(".invalid-feedback")).to_contain_text("1,001 is too many")
    expect(page.get_by_label("Language")).to_have_value("Zig")
    assert not visitor.wrong
