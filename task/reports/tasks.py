"""What a worker does for reports: crawl, build the file, write to who asked, and remove what is old."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet

from task.jobs import Fail, Now, Run, job
from task.jobs.models import Job, State
from task.reports import files, github
from task.reports.github import PAGE, PAGES
from task.reports.models import MOST, Report, Repository, description_of
from task.reports.replies import Page

STEP = 100  # rows that get their rank at once: an update with as many cases takes long to put together
POINTS = 40  # strokes of the chart
DELETED = "The report was deleted, so there is nothing to do."


class ReportDeleted(Exception):
    """It was deleted while its job was at it."""


def title_of(language: str, count: int) -> str:
    return f"Find {description_of(language, count)}"


# Crawl


@dataclass
class FoundPage:
    """What one page brings, and how much further it brings the job, whatever was new on it."""

    rows: list[Repository] = field(default_factory=list)
    advance: int = 0
    counts: dict[str, int] = field(default_factory=dict)


@job("reports.crawl", title=title_of, label="Find repositories", starts_within=600)
def crawl(run: Run, language: str, count: int) -> str | None:
    if not 0 < count <= MOST:
        raise Fail(f"A report has 1 to {MOST:,} repositories.")
    report = Report.objects.filter(crawl=run.job).only("pk").first()
    if report is None:
        return DELETED
    own = Report.objects.filter(pk=report.pk)
    for page in run.walk(lambda number: pages(run, report.pk, language, count, number or 1), total=count):
        with run.step(done=page.advance) as tally:
            is_there = own.update(rows=F("rows") + len(page.rows))
            if is_there:
                Repository.objects.bulk_create(page.rows, ignore_conflicts=True)
                tally.update(page.counts)
        if not is_there:
            return DELETED
    try:
        with run.finish(crawl_message(run, count)):
            if not own.update(incomplete=run.tally["incomplete_pages"] > 0):
                raise ReportDeleted
            run.then(build_csv, report=report.pk)
    except ReportDeleted:
        return DELETED
    return None


def pages(run: Run, report: int, language: str, count: int, first: int) -> Iterator[tuple[FoundPage, int]]:
    """(what a page brings, the number of the next), until there is enough or there are no more.

    A page may be short, or repeat what another had: that is no end. When all the pages that hold `count` have been
    asked and repeats left less, the next ones fill it up.
    """
    needed = -(-count // PAGE)
    for number in range(first, PAGES + 1):
        if number > needed and run.tally["found"] >= count:
            return
        page = github.search(language, number)
        last = number == PAGES or is_last(page, number, needed)
        yield found_page(page, report, _advance(run, count, last)), PAGES + 1 if last else number + 1
        if last:
            return


def _advance(run: Run, count: int, last: bool) -> int:
    left = max(0, count - run.job.done)
    return left if last else min(PAGE, left)


def is_last(page: Page, number: int, needed: int) -> bool:
    """Whether GitHub has no more. What it says of an incomplete search proves nothing."""
    if page.beyond:
        return True
    if page.size < PAGE and page.total is not None and not page.incomplete and page.total <= number * PAGE:
        return True
    return page.size == 0 and not page.incomplete and number >= needed


def found_page(page: Page, report: int, advance: int) -> FoundPage:
    """The rows that are new. Nobody else writes rows of this report, so what is read here holds in the step."""
    ids = [one.github_id for one in page.found]
    known = set(
        Repository.objects.filter(report=report, github_id__in=ids).values_list("github_id", flat=True) if ids else ()
    )
    rows = [Repository(report_id=report, **vars(one)) for one in page.found if one.github_id not in known]
    counts = {
        "found": len(rows),
        "pages": 0 if page.beyond else 1,
        "left_out": page.size - len(rows),
        "incomplete_pages": int(page.incomplete),
    }
    return FoundPage(rows, advance, {name: number for name, number in counts.items() if number})


def crawl_message(run: Run, count: int) -> str:
    found, left_out = run.tally["found"], run.tally["left_out"]
    pages_asked = f"{run.tally['pages']} page{'' if run.tally['pages'] == 1 else 's'}"
    if found >= count:
        words = f"{count:,} repositories found on {pages_asked}."
    else:
        words = f"{found:,} of {count:,} repositories found on {pages_asked}."
    if left_out:
        words += f" {left_out:,} were repeated or could not be read."
    if run.tally["incomplete_pages"]:
        words += " GitHub did not search everything, so some may be missing."
    return words


@crawl.ended
def end_crawl(job: Job) -> None:
    if job.state != State.SUCCEEDED:
        Report.objects.filter(crawl=job, state=Report.State.WORKING).update(state=job.state, ended=Now())


@crawl.retried
def reopen_crawl(job: Job) -> None:
    _reopen(crawl=job)


def _reopen(**which: Any) -> None:
    if not Report.objects.filter(**which).update(state=Report.State.WORKING, ended=None):
        raise Fail("This report was deleted, so there is nothing to continue.")


# Build


@job("reports.build", title="Write the CSV file", label="Write the CSV file of a report")
def build_csv(run: Run, report: int) -> str | None:
    """Rank the rows by stars, as GitHub's pages may not be in order, keep the best, and write the file."""
    row = Report.objects.filter(pk=report).first()
    if row is None:
        return DELETED
    everything = Repository.objects.filter(report=report)
    ranked = list(everything.order_by("-stars", "id").values_list("pk", "stars")[: row.count])
    for batch in run.batches(range(len(ranked)), size=STEP):
        some = [Repository(pk=ranked[position][0], rank=position + 1) for position in batch]
        with run.step():
            Repository.objects.bulk_update(some, ["rank"])
    size = files.write(row, everything.filter(rank__gt=0).order_by("rank").iterator(chunk_size=200), run.job.claims)
    done = {"state": Report.State.DONE, "rows": len(ranked), "size": size, "ended": Now()}
    try:
        with run.finish(build_message(row, len(ranked))):
            if not Report.objects.filter(pk=report).update(**done, points=points_of([stars for _, stars in ranked])):
                raise ReportDeleted
            everything.filter(rank=0).delete()
            if row.mail and row.owner_id:
                run.then(send_report_mail, report=report)
    except ReportDeleted:
        files.remove(report)
        return DELETED
    return None


def points_of(stars: list[int]) -> list[int]:
    """At most POINTS of them, evenly spread from the first to the last."""
    if len(stars) <= POINTS:
        return stars
    return [stars[round(n * (len(stars) - 1) / (POINTS - 1))] for n in range(POINTS)]


def build_message(report: Report, rows: int) -> str:
    words = f"CSV file ready, with {rows:,} row{'' if rows == 1 else 's'}."
    return words + (" GitHub's search was incomplete." if report.incomplete else "")


@build_csv.ended
def end_build(job: Job) -> None:
    if job.state != State.SUCCEEDED:
        unbuilt = Report.objects.filter(pk=job.arguments["report"], state=Report.State.WORKING)
        unbuilt.update(state=job.state, ended=Now())


@build_csv.retried
def reopen_build(job: Job) -> None:
    _reopen(pk=job.arguments["report"])


# Tell, and remove


@job("reports.mail", title="Email about a finished report", label="Email about a report", silent=True)
def send_report_mail(run: Run, report: int) -> str:
    row = Report.objects.select_related("owner").filter(pk=report).first()
    if row is None or row.owner is None or not row.owner.email:
        return "The report or its owner was deleted, so no email was sent."
    run.mail("emails/report_ready", to=[row.owner.email], context={"report": row, "user": row.owner})
    return "Email sent."


@job("reports.retention", title="Delete old reports")
def remove_old_reports(run: Run) -> str:
    """Rows first, a report a step; then the folders that have no row, whoever left them."""
    days = settings.REPORTS_KEEP_DAYS
    old = Report.objects.filter(ended__lt=Now() - timedelta(days=days)) if days else Report.objects.none()
    for reports in run.drain(old.order_by("ended", "id").only("pk"), size=1):
        with run.step() as tally:
            # One that is being made again since it was looked up is old no more, and not in the next look.
            tally["removed"] += sum(remove_rows(old.filter(pk=report.pk)) for report in reports)
    files.remove_orphans()
    if not days:
        return "Reports are kept for ever, so none were deleted."
    removed = run.tally["removed"]
    return f"{removed:,} report{'' if removed == 1 else 's'} older than {days} days deleted."


def remove_rows(which: QuerySet[Report]) -> bool:
    """The one report of `which` and its repositories, of which there are at most a thousand. False: it has none.

    The caller opens the transaction. The report is locked first, as every step of its jobs and a retry do: no row
    comes after its rows are gone, and it still is what it was looked up as.
    """
    report = which.select_for_update().only("pk").first()
    if report is None:
        return False
    Repository.objects.filter(report=report.pk).delete()
    Report.objects.filter(pk=report.pk).delete()
    return True
