"""The files of reports: MEDIA_ROOT/reports/<number of the report>/<name>.csv.

A folder belongs to the row with its number. The row goes first, its folder after; what a death in between leaves is
removed by `remove_orphans`, which looks for folders without a row. A number is never given twice.
"""

import csv
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from task.jobs.services.disk import disk_faults
from task.kit.disk import fsync_folder, remove_stale
from task.kit.spreadsheets import escape_formula
from task.reports.models import Report, Repository

COLUMNS = ("name", "full_name", "url", "description", "stars", "forks", "language", "topics", "licence", "pushed")
CHUNK = 500


def root() -> Path:
    return Path(settings.MEDIA_ROOT) / "reports"


def folder_of(pk: int) -> Path:
    return root() / str(int(pk))


def path_of(report: Report) -> Path:
    return folder_of(report.pk) / report.file_name


def write(report: Report, repositories: Iterable[Repository], attempt: int) -> int:
    """Write the report's file, whole or not at all, and return its size in bytes.

    `attempt` tells apart two workers of which one was thought dead. Raises Fail when the disk does not take it.
    """
    final = path_of(report)
    part = final.with_name(f".{final.name}.{attempt}.part")
    with disk_faults():
        final.parent.mkdir(parents=True, exist_ok=True)
        remove_stale(final.parent, ".*.part", attempt)
        try:
            # With a BOM: without one Excel takes it for a text of the last century and garbles every other script.
            # Programs read it with the encoding utf-8-sig.
            with part.open("w", encoding="utf-8-sig", newline="") as file:
                table = csv.writer(file)
                table.writerow(COLUMNS)
                table.writerows(map(cells, repositories))
                file.flush()
                os.fsync(file.fileno())
            size = part.stat().st_size
            os.replace(part, final)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        fsync_folder(final.parent)
    return size


def cells(row: Repository) -> list[Any]:
    pushed = f"{row.pushed:%Y-%m-%dT%H:%M:%SZ}" if row.pushed else ""
    texts = [row.name, row.full_name, row.url, row.description]
    more = [row.language, ", ".join(map(str, row.topics)), row.licence]
    return [*map(escape_formula, texts), row.stars, row.forks, *map(escape_formula, more), pushed]


def remove(pk: int) -> None:
    """The folder of a report that is gone. Once more is no harm."""
    shutil.rmtree(folder_of(pk), ignore_errors=True)


def remove_orphans() -> None:
    """Remove the folders of reports that are gone. A report's row is there before its folder."""
    try:
        numbers = sorted(int(entry.name) for entry in root().iterdir() if entry.name.isascii() and entry.name.isdigit())
    except OSError:  # no report was ever made
        return
    for start in range(0, len(numbers), CHUNK):
        some = numbers[start : start + CHUNK]
        there = set(Report.objects.filter(pk__in=some).values_list("pk", flat=True))
        for pk in some:
            if pk not in there:
                remove(pk)
