"""What the rows must say in the end: each accepted submission has one end, and each effect is there once."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Sum

from task.accounts.models import UserBatch
from task.backups.models import Backup
from task.books.carts.models import Scan
from task.books.files.models import Upload
from task.books.models import Book
from task.jobs.models import Job, State
from task.orders.models import Order
from task.reports.models import Report, Repository
from tests.services.openlibrary import made_up
from tests.services.smtp import Taken
from tests.storm.load import COPIES, Sent

# How the reason of a job begins that met a full disk, or whose follow-up did: an end, after which somebody frees space
# and retries.
FULL = "The disk is full"


def problems(sent: Sequence[Sent], mails: Sequence[Taken], backups: Path, disk_was_full: bool = False) -> Iterator[str]:
    """A sentence for each thing that was lost, doubled, refused or is stuck. None is what is wanted."""
    for one in sent:
        if one.refusal:
            yield f"{one.kind} {one.key} was not accepted: {one.refusal[:300]}"
    accepted = [one for one in sent if one.job]
    jobs = Job.objects.in_bulk([one.job for one in accepted])
    yield from doubled(accepted, jobs)
    full: set[Any] = set()
    if disk_was_full:
        full = set(Job.objects.filter(state=State.FAILED, error__startswith=FULL).values_list("pk", flat=True))
        accepted = [one for one in accepted if not full.intersection(with_follow_ups(one.job))]
    for one in accepted:
        job = jobs.get(one.job)
        if job is None:
            yield f"{one.kind} {one.key}: its job {one.job} is lost"
        elif job.state != State.SUCCEEDED:
            yield f"{one.kind} {one.key}: its job {one.job} is {job.state}: {job.error or job.message}"
    for job in Job.objects.active():
        yield f"stuck: {job.kind} {job.pk} is {job.state}"
    for job in Job.objects.filter(state=State.FAILED).exclude(pk__in={*jobs, *full}):
        yield f"failed: {job.kind} {job.pk}: {job.error}"
    by_kind: dict[str, list[Sent]] = {}
    for one in accepted:
        by_kind.setdefault(one.kind, []).append(one)
    yield from wrong_users(by_kind.get("users", []))
    yield from wrong_books([number for one in accepted if one.kind in ("scan", "file") for number in numbers_of(one)])
    yield from wrong_orders(by_kind.get("order", []))
    yield from wrong_reports(by_kind.get("report", []))
    yield from wrong_files(by_kind.get("file", []))
    yield from wrong_backups(by_kind.get("backup", []), backups)
    yield from wrong_mails([one for kind in ("order", "report", "invitation") for one in by_kind.get(kind, [])], mails)


def doubled(accepted: Sequence[Sent], jobs: dict[Any, Job]) -> Iterator[str]:
    """A person's jobs are those that they sent something for, and their follow-ups."""
    asked = Counter(jobs[one.job].kind for one in accepted if one.job in jobs)
    people = {job.owner_id for job in jobs.values()}
    made = Counter(Job.objects.filter(owner__in=people, parent=None, kind__in=asked).values_list("kind", flat=True))
    for kind in asked:
        own = made[kind]
        if kind == "books.look_up":  # those of files, too
            own = sum(1 for one in accepted if one.kind == "scan" and one.job in jobs)
        if own != asked[kind]:
            yield f"{asked[kind]} submissions of {kind} made {own} jobs"


def numbers_of(one: Sent) -> list[str]:
    numbers: list[str] = one.body if one.is_file else one.body["isbn"]
    return numbers


def wrong_users(sent: Sequence[Sent]) -> Iterator[str]:
    for one in sent:
        batch = UserBatch.objects.filter(job=one.job).first()
        made = get_user_model().objects.filter(batch=batch).count() if batch else 0
        if made != one.body["total"]:
            yield f"{one.body['total']} random users were asked for by {one.key}, and {made} are there"


def wrong_books(numbers: Sequence[str]) -> Iterator[str]:
    rows = dict(Book.objects.filter(state="filled").values_list("isbn", "title"))
    lost = [number for number in numbers if rows.get(number) != made_up(number)["title"]]
    if lost:
        yield f"{len(lost)} of {len(numbers)} scanned books are not filled as they should be: {lost[:5]}"
    scans = Counter(Scan.objects.filter(book__isbn__in=numbers).values_list("book__isbn", flat=True))
    if twice := [number for number, times in scans.items() if times > 1]:
        yield f"{len(twice)} books were scanned twice: {twice[:5]}"


def wrong_orders(sent: Sequence[Sent]) -> Iterator[str]:
    if (rows := Order.objects.count()) != len(sent):
        yield f"{len(sent)} orders were accepted, and {rows} are there"
    wanted = Counter[str]()
    for one in sent:
        wanted[one.body["book"]] += one.body["quantity"]
    for number, quantity in wanted.items():
        book = Book.objects.get(isbn=number)
        ordered = Order.objects.filter(book=book).aggregate(all=Sum("quantity"))["all"]
        if (ordered, book.copies) != (quantity, COPIES - quantity):
            yield f"{quantity} copies of {number} were ordered: orders of {ordered}, and {book.copies} are left"


def wrong_reports(sent: Sequence[Sent]) -> Iterator[str]:
    for one in sent:
        report = Report.objects.get(crawl_id=one.job)
        rows = Repository.objects.filter(report=report)
        ids = rows.values("github_id").distinct().count()
        if (report.state, report.rows, rows.count(), ids) != ("done", *3 * [one.body["count"]]):
            yield f"report {report.pk} of {one.body['count']} is {report.state}: {rows.count()} rows, {ids} different"


def wrong_files(sent: Sequence[Sent]) -> Iterator[str]:
    for one in sent:
        upload = Upload.objects.get(job=one.job)
        scans = Scan.objects.filter(cart=upload.cart).count() if upload.cart else 0
        if scans != len(one.body):
            yield f"a file of {len(one.body)} books has {scans} rows in its cart"


def wrong_backups(sent: Sequence[Sent], folder: Path) -> Iterator[str]:
    for one in sent:
        made = list(Backup.objects.filter(job=one.job))
        if len(made) != 1 or made[0].state != "good" or not (folder / made[0].name).stat().st_size:
            yield f"backup {one.key} has the rows {[(each.state, each.reason) for each in made]}"
    names = set(Backup.objects.filter(state="good").values_list("name", flat=True))
    if left := [path.name for path in folder.glob("[!.]*") if path.name not in names]:
        yield f"files in the folder of backups that belong to none: {left}"


def wrong_mails(sent: Sequence[Sent], mails: Sequence[Taken]) -> Iterator[str]:
    """One email each, told apart by its Message-ID: the same one may arrive twice where a process dies behind it."""
    names: dict[str, set[str]] = {}
    for mail in mails:
        job = re.match(r"<([0-9a-f-]{36})\.", mail.name)
        names.setdefault(job[1] if job else "", set()).add(mail.name)
    for one in sent:
        found = set().union(*(names.get(str(each), set()) for each in with_follow_ups(one.job)))
        if len(found) != 1:
            yield f"{one.kind} {one.key} was told of by {len(found)} emails: {sorted(found)}"


def with_follow_ups(job: Any) -> list[Any]:
    jobs, newest = [job], [job]
    while newest := list(Job.objects.filter(parent__in=newest).values_list("pk", flat=True)):
        jobs += newest
    return jobs
