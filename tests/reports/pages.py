"""The pages of reports as the browser tests visit them."""

import uuid
from typing import Any

from django.urls import reverse

from task.reports.models import Report, Repository
from tests.browser.entry import Entry
from tests.browser.filling import job

NO_PAGES = {"report_download": "a file", "report_delete": "takes POST only"}
POINTS = [183_657 // (n + 1) + 4_000 for n in range(40)]
ODD = (
    ("Donaudampfschifffahrtsgesellschaft" * 5, "x" * 900),
    ("<script>alert(1)</script>", "<b>bold</b> & 'quotes' \"too\""),
    ("مستودع", "وصف طويل للمستودع"),
    ("", ""),
)


def empty() -> list[Entry]:
    return [Entry("reports_empty", reverse("reports_list")), Entry("report_new", reverse("report_new"))]


def report(owner: Any, state: str, job_state: str, **fields: Any) -> Report:
    shown = {"done": 300, "total": 1000, "kind": "reports.crawl", **fields.pop("job", {})}
    crawl = job(owner, f"Find 1,000 {fields.get('language', 'Python')} repositories", job_state, 90, **shown)
    named = {"language": "Python", "count": 1000, "state": state, "rows": 300, **fields}
    return Report.objects.create(crawl=crawl, owner=owner, **named)


def filled(member: Any, staff: Any) -> list[Entry]:
    done = report(member, "done", "succeeded", rows=60, size=312_004, points=POINTS, incomplete=True)
    Repository.objects.bulk_create(
        Repository(
            report=done, github_id=n, rank=n, name=name, full_name=f"owner/{name}" if name else "", url=url,
            description=description, stars=200_000 // n, forks=40_000 // n, language="Python", licence="MIT",
        )
        for n, (name, description, url) in enumerate(
            [
                *((name, words, "https://github.com/owner/name") for name, words in ODD),
                *((f"project-{n}", "A web framework, with batteries", "") for n in range(56)),
            ],
            1,
        )
    )  # fmt: skip
    report(member, "done", "succeeded", language="Zig", rows=3, count=10, size=900, points=[30, 20, 1])
    report(staff, "done", "succeeded", language="Elm", rows=0, size=60)
    working = report(member, "working", "running", language="C++")
    waits = report(
        member, "working", "queued", language="Jupyter Notebook",
        job={"message": "GitHub allows 10 searches a minute without a token, and they are used up."},
    )  # fmt: skip
    failed = report(
        member, "failed", "failed", language="Rust", job={"error": "GitHub does not let the desk in. " * 6, "took": 2}
    )
    cancelled = report(member, "cancelled", "cancelled", language="Go", job={"took": 2})
    Report.objects.create(crawl_id=uuid.uuid4(), owner=None, language="R", count=1)
    return [
        Entry("reports_list", reverse("reports_list")),
        Entry("reports_staff", reverse("reports_list"), "staff"),
        Entry("reports_none", reverse("reports_list") + "?state=cancelled&after=W10", "staff"),
        Entry("report_detail", done.get_absolute_url()),
        Entry("report_detail_staff", done.get_absolute_url() + "?sort=name", "staff"),
        Entry("job_report", done.crawl.get_absolute_url()),
        Entry("report_search_none", done.get_absolute_url() + "?q=nothing-begins-like-this"),
        Entry("report_working", working.get_absolute_url()),
        Entry("report_waits", waits.get_absolute_url()),
        Entry("report_failed", failed.get_absolute_url()),
        Entry("report_cancelled", cancelled.get_absolute_url()),
        Entry("report_new_staff", reverse("report_new"), "staff"),
        Entry("report_error", reverse("report_new"), fill={"count": "1001"}),
    ]
