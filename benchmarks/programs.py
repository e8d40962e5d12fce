"""The API beside the pages: the same scans, long lists, and clients that wait for jobs."""

import statistics
import time
from collections.abc import Iterator
from multiprocessing import get_context

import httpx2
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks import engine as jobs
from benchmarks import waiters
from benchmarks.desk import Bench, median_of
from benchmarks.rows import clear_rows, isbns, make_books
from task.accounts.tasks import generate_random_users
from task.api.models import Token

ROUNDS, CLIENTS, PAGES = 9, 50, 300
LISTS = ("/api/books/", "/api/books/?sort=title", "/api/books/?q=book", "/api/jobs/")
PAGE = "/books/scan/"
Rows = Iterator[tuple[str, str]]


def measured(desk: Bench, long: bool) -> Rows:
    owner = get_user_model().objects.get(username="bench")
    token = Token.make(owner, "bench", as_staff=False)[1]
    program = httpx2.Client(
        base_url=desk.browser.line.base_url, timeout=60, headers={"Authorization": f"Token {token}"}
    )  # fmt: skip
    yield from scans(desk, program)
    yield from lists(desk, program, token, 1_000_000 if long else 100_000)
    yield from waiting(desk, token, owner)


def scans(desk: Bench, program: httpx2.Client) -> Rows:
    """In turns, each time other ISBNs, and none while the look-ups of those before are at work."""

    def by_form(numbers: list[str]) -> float:
        return desk.browser.send("/books/scan/", isbns="\n".join(numbers))

    def by_program(numbers: list[str]) -> float:
        began = time.perf_counter()
        answer = program.post("/books/bulk-create", json={"isbn": numbers})
        taken = time.perf_counter() - began
        assert answer.status_code == 201, answer.text
        assert len(answer.json()["isbn"]) == len(numbers)
        return taken

    first, ways = 5_000_000, (by_program, by_form)
    for count in (15, 1000):
        taken: dict[object, list[float]] = {way: [] for way in ways}
        for turn in range(1 + (ROUNDS if count == 15 else 4)):
            for way in ways if turn % 2 else reversed(ways):
                jobs.until_idle()
                taken[way].append(way(isbns(first, count)))
                first += count
        figures = [statistics.median(taken[way][1:]) * 1000 for way in ways]
        yield f"`POST /books/bulk-create` with {count:,} ISBNs, the page's form", "{:.0f}, {:.0f} ms".format(*figures)


def lists(desk: Bench, program: httpx2.Client, token: str, most: int) -> Rows:
    jobs.until_idle()
    clear_rows()
    seen: dict[str, list[float]] = {}
    for size in (1000, most):
        make_books(size)
        for path in LISTS:
            seen.setdefault(path, []).append(median_of(ROUNDS, lambda path=path: fetched(program, path)))
    for path, (few, many) in seen.items():
        figures = f"{few * 1000:.0f}, {many * 1000:.0f} ms (factor {many / few:.2f}), {queries_of(path, token)} queries"
        yield f"`{path}` over 1,000 and {most:,} books", figures


def fetched(program: httpx2.Client, path: str) -> None:
    answer = program.get(path)
    assert answer.status_code == 200, answer.text


def queries_of(path: str, token: str) -> int:
    """In this process."""
    client = Client(headers={"authorization": f"Token {token}", "host": "localhost"})
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def waiting(desk: Bench, token: str, owner: object) -> Rows:
    """Of a page that has nothing to do with jobs, before and while programs wait for a job that runs all the time."""
    job = jobs.start(generate_random_users, owner=owner, total=400_000)
    before = percentile_of_page(desk)
    address = f"{desk.browser.line.base_url}".rstrip("/") + f"/api/jobs/{job}/"
    programs = get_context("spawn").Process(target=waiters.wait, args=(address, token, CLIENTS), daemon=True)
    programs.start()
    time.sleep(5)  # until all of them wait
    during = percentile_of_page(desk)
    programs.kill()
    programs.join()
    jobs.stop(job)
    figures = f"{before * 1000:.0f}, {during * 1000:.0f} ms (factor {during / before:.2f})"
    threads = settings.WEB_THREADS * settings.WEB_CONCURRENCY
    yield (
        f"99th percentile of `{PAGE}` before, and while {CLIENTS} programs wait for a job ({threads} threads)",
        figures,
    )


def percentile_of_page(desk: Bench) -> float:
    taken = []
    for _ in range(PAGES):
        began = time.perf_counter()
        reply = desk.browser.line.get(PAGE)
        taken.append(time.perf_counter() - began)
        assert reply.status_code == 200
    return jobs.percentile(taken, 99)
