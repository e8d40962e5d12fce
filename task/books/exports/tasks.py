"""What a worker does for exports: write the file, and remove what is old."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import Http404

from task.books.exports import files
from task.books.exports.formats import WRITERS
from task.books.exports.models import Export, Format
from task.books.exports.records import records_of
from task.books.exports.wanted import Wanted
from task.jobs import Fail, Now, Run, job

A_STEP = 500  # books
DELETED = "The export was deleted, so there is nothing to do."


class ExportDeleted(Exception):
    """It was deleted while its job was at it."""


def title_of(format: str, query: str) -> str:
    return f"Export books as {Format(format).label}"


@job("books.export", title=title_of, label="Export books", starts_within=600)
def export_books(run: Run, format: str, query: str) -> str | None:
    """In the order in which the books came. Those that come while it runs are in the next one."""
    export = Export.objects.filter(job=run.job).first()
    if export is None:
        return DELETED
    own = Export.objects.filter(pk=export.pk)
    wanted = wanted_of(run, query)
    total = wanted.candidates().count() if run.job.total is None else None
    for portion in run.walk(lambda cursor: portions(run, export, wanted, cursor), total=total):
        with run.step(done=portion["further"]):
            is_there = own.update(books=portion["books"], left_out=portion["left_out"])
        if not is_there:
            return DELETED
    end: Any = run.job.cursor
    size = files.assemble(export, end["parts"], run.job.claims, run.heartbeat)
    try:
        with run.finish(message_of(end["books"], end["left_out"])):
            if not own.update(size=size):
                raise ExportDeleted
    except ExportDeleted:
        files.remove(export.pk)
        return DELETED
    files.remove_parts(export.pk)
    return None


def wanted_of(run: Run, query: str) -> Wanted:
    if run.job.owner is None:
        raise Fail("The account that asked for this was deleted.")
    try:
        return Wanted(query, run.job.owner)
    except Http404:
        raise Fail("The job whose books were to be exported was deleted.") from None


def portions(run: Run, export: Export, wanted: Wanted, cursor: Any) -> Iterator[tuple[dict[str, int], Any]]:
    """Some books each, written before they are committed. The cursor: where it is, what is counted, and the parts."""
    writer = WRITERS[export.format]
    at = cursor if cursor and files.are_there(export.pk, cursor["parts"]) else None
    if at is None:
        at = {"after": 0, "until": wanted.last, "books": 0, "left_out": 0, "parts": [], "ended": False}
    if at["ended"]:
        return
    part = files.Appended(export.pk, run.job.claims)
    before = at["parts"]
    first = writer.head() if not before else b""
    for keys, seen, after in wanted.keys(at["after"], at["until"], A_STEP):
        written = [writer.book(record) for record in records_of(keys)]
        count = sum(map(bool, written))
        at = at | {
            "after": after, "books": at["books"] + count,
            "left_out": at["left_out"] + len(written) - count,
            "parts": [*before, [run.job.claims, part.add(first + b"".join(written))]],
        }  # fmt: skip
        first = b""
        yield {"books": at["books"], "left_out": at["left_out"], "further": seen}, at
    at = at | {"parts": [*before, [run.job.claims, part.add(first + writer.end())]], "ended": True}
    yield {"books": at["books"], "left_out": at["left_out"], "further": 0}, at


def message_of(books: int, left_out: int) -> str:
    words = f"{books:,} book{'' if books == 1 else 's'} exported."
    if left_out:
        words += f" {left_out:,} {'is' if left_out == 1 else 'are'} left out: no title, or too long for this format."
    return words


@job("books.remove_exports", title="Delete old exports")
def remove_exports(run: Run) -> str:
    """Rows first, some a step; then the folders that have no row, whoever left them."""
    days = settings.EXPORTS_KEEP_DAYS
    old = Export.objects.filter(created__lt=Now() - timedelta(days=days)) if days else Export.objects.none()
    for exports in run.drain(old.order_by("created", "id").only("pk"), size=100):
        with run.step() as tally:
            tally["removed"] += old.filter(pk__in=[export.pk for export in exports]).delete()[0]
    files.remove_leftovers()
    if not days:
        return "Exports are kept for ever, so none were deleted."
    removed = run.tally["removed"]
    return f"{removed:,} export{'' if removed == 1 else 's'} older than {days} days deleted."
