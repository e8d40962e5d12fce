"""The parts of the table. Each yields (what, figure) rows."""

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth import get_user_model

from benchmarks import engine as jobs
from benchmarks import programs
from benchmarks.bare.tasks import empty
from benchmarks.catalogue import catalogue  # noqa: F401  a part of its own
from benchmarks.desk import WORKERS, Bench, fresh_pool, median_of, peak_mb, pool
from benchmarks.dump import dump  # noqa: F401  a part of its own
from benchmarks.files import files  # noqa: F401  a part of its own
from benchmarks.rows import clear_rows, fill_rows, isbns, make_users
from task.accounts.tasks import generate_random_users
from task.backups.models import Backup
from task.backups.tasks import back_up
from task.books.models import Book
from task.orders.models import Order
from tests.processes import wait_until

WORKER_PROCESSES = f"{WORKERS} worker process{'' if WORKERS == '1' else 'es'}"
Rows = Iterator[tuple[str, str]]
PATHS = (
    "/users/", "/users/?last=1", "/users/?q=ma", "/books/", "/books/?last=1", "/books/?q=book",
    "/orders/", "/orders/?last=1", "/orders/?state=received", "/reports/", "/reports/?last=1",
)  # fmt: skip


def engine(desk: Bench, long: bool) -> Rows:
    """Empty jobs end to end beside bare Celery with its results in the same database, in turns."""
    ours, theirs, factors = jobs.beside_bare_celery()
    count, middle = f"{jobs.EMPTY_JOBS:,}", statistics.median
    yield f"{count} empty jobs end to end, {WORKER_PROCESSES}", f"{middle(ours.ended):,.0f} a second"
    yield f"{count} empty tasks of bare Celery with `django-db` results", f"{middle(theirs.ended):,.0f} a second"
    spread = f"{min(factors):.2f} to {max(factors):.2f}"
    yield f"factor between them, median of {len(factors)} rounds", f"{middle(factors):.2f} ({spread})"
    both = f"{middle(ours.submitted):,.0f} a second, bare Celery {middle(theirs.submitted):,.0f}"
    yield "submitting them beside the workers", both
    taken = jobs.latency()
    slow = jobs.percentile(taken, 95)
    yield (
        "one empty job, from submit to its end",
        f"{statistics.median(taken) * 1000:.1f} ms, 95 of 100 within {slow * 1000:.1f} ms",
    )


def users(desk: Bench, long: bool) -> Rows:
    """Random users through the form, and `create_user` in a loop in the same run."""
    made = {total: seconds_to_generate(desk, total) for total in (500, 50_000)}
    began, few = time.perf_counter(), 20
    for n in range(few):
        get_user_model().objects.create_user(f"loop{n}", f"loop{n}@example.org", f"password {n}")
    loop = (time.perf_counter() - began) / few
    for total, seconds in made.items():
        yield f"{total:,} random users", f"{seconds:.2f} s ({total / seconds:,.0f} a second)"
    yield f"`create_user` in a loop ({few} users)", f"{loop * 1000:.0f} ms a user, {loop * 500:.0f} s for 500"
    yield "factor for 500", f"{loop * 500 / made[500]:,.0f}"


def seconds_to_generate(desk: Bench, total: int) -> float:
    desk.browser.send("/generate/", total=str(total))
    began = time.perf_counter()
    jobs.until_ended(jobs.newest())
    return time.perf_counter() - began


def scan(desk: Bench, long: bool) -> Rows:
    for count in (15, 100, 1000):
        numbers = isbns(count * 10, count)
        asked = len(desk.library.requests)
        answered = desk.browser.send("/books/scan/", isbns="\n".join(numbers))
        began = time.perf_counter()
        jobs.until_ended(jobs.newest())
        seconds = answered + time.perf_counter() - began
        filled = Book.objects.filter(isbn__in=numbers, state="filled").count()
        assert filled == count, f"{filled} of {count} are filled."
        requests = desk.library.requests[asked:]
        yield (
            f"scan {count:,} ISBNs, {desk.library.delay * 1000:.0f} ms a request",
            f"form {answered * 1000:.0f} ms, all filled after {seconds:.1f} s, {len(requests)} requests",
        )
    yield "most requests within one second", str(desk.library.most_within(1.0))
    yield "User-Agent", ", ".join(f"`{agent}`" for agent in sorted(desk.library.user_agents))


def turns(desk: Bench, long: bool) -> Rows:
    """Small jobs beside a big one for each worker process: all are busy, and nobody waits behind them."""
    owner = get_user_model().objects.get(username="bench")
    big = [jobs.start(generate_random_users, owner=owner, total=400_000) for _ in range(int(WORKERS))]
    for job in big:
        wait_until(lambda job=job: jobs.done(job) > 0)
    waits = []
    for _ in range(15):
        began = time.perf_counter()
        jobs.until_ended(jobs.start(empty))
        waits.append(time.perf_counter() - began)
    number = isbns(900_000, 1)[0]
    began = time.perf_counter()
    desk.browser.send("/books/scan/", isbns=number)
    wait_until(lambda: Book.objects.filter(isbn=number, state="filled").exists(), every=0.005)
    scanned = time.perf_counter() - began
    for job in big:
        assert jobs.is_active(job), "The big jobs were too small."
        jobs.stop(job)
    middle = statistics.median(waits)
    busy = f"{WORKER_PROCESSES}, each busy with 400,000 users"
    yield f"an empty job beside them: {busy}", f"{middle:.2f} s, worst of 15 {max(waits):.2f} s"
    yield f"a scanned book, from the click to filled: {busy}", f"{scanned:.2f} s"


def orders(desk: Bench, long: bool) -> Rows:
    """Many send the form for the last copies of a book at once, each over a line of its own."""
    people, copies = 200, 3
    number = isbns(950_000, 1)[0]
    book = Book.objects.create(isbn=number, title="The last three", state="filled", copies=copies)
    fields = {"book": number, "quantity": "1"}
    with ThreadPoolExecutor(20) as crowd:
        ready = list(crowd.map(lambda _: desk.browser.another("/orders/new/"), range(people)))
        began = time.perf_counter()
        answers = list(crowd.map(lambda one: one(**fields), ready))
        took = time.perf_counter() - began
    won = [status for status, _ in answers].count(302)
    book.refresh_from_db()
    assert (won, book.copies, Order.objects.filter(book=book).count()) == (copies, 0, copies)
    half = statistics.median(seconds for _, seconds in answers)
    yield (
        f"{people} orders of the last {copies} copies, 20 at a time",
        f"{won} succeed, all answered after {took:.1f} s, half of them within {half * 1000:.0f} ms",
    )


def backups(desk: Bench, long: bool) -> Rows:
    """A backup of few rows and of many, each in fresh processes; it is read back before it is called good."""
    clear_rows()
    for total in (10_000, 1_000_000 if long else 100_000):
        make_users(total)
        fresh_pool(desk)
        job = jobs.start(back_up)
        began = time.perf_counter()
        jobs.until_ended(job)
        seconds, peak = time.perf_counter() - began, max(peak_mb(pid) for pid in pool(desk))
        size = Backup.objects.get(job_id=job).size or 0
        yield (
            f"a backup with {total:,} users",
            f"{seconds:.1f} s, {size / 1e6:.0f} MB, peak of the worker process {peak:.0f} MB",
        )


def pages(desk: Bench, long: bool) -> Rows:
    """The same pages over few and over many rows: first page, last page, a search."""
    sizes = (1000, 100_000, 1_000_000) if long else (1000, 100_000)
    clear_rows()
    seen: dict[str, list[str]] = {}
    for size in sizes:
        fill_rows(size)
        for path in PATHS:
            seconds = median_of(9, lambda path=path: fetched(desk, path))
            seen.setdefault(path, []).append(f"{seconds * 1000:.0f} ms")
    for path, figures in seen.items():
        yield f"`{path}` over {', '.join(f'{size:,}' for size in sizes)} rows", ", ".join(figures)


def fetched(desk: Bench, path: str) -> None:
    reply = desk.browser.line.get(path)
    assert reply.status_code == 200, path


def api(desk: Bench, long: bool) -> Rows:
    """Programs beside pages."""
    yield from programs.measured(desk, long)


def memory(desk: Bench, long: bool) -> Rows:
    """The peak of the worker's processes for a small job and for one a hundred times as large, each in fresh ones."""
    peaks: dict[int, float] = {}
    for total in (10_000, 1_000_000):
        fresh_pool(desk)
        seconds = seconds_to_generate(desk, total)
        peaks[total] = max(peak_mb(pid) for pid in pool(desk))
        yield (
            f"{total:,} random users",
            f"peak {peaks[total]:.0f} MB, {seconds:.0f} s ({total / seconds:,.0f} a second)",
        )
    small, large = peaks.values()
    yield "peak of the large one above that of the small one", f"{large - small:.0f} MB"
