"""A file of 100,000 rows (or ROWS): read, added, undone, with the worker's processes killed in the middle too."""

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import Any

from django.db.models import Count

from benchmarks import engine as jobs
from benchmarks.desk import Bench, peak_mb, pool, rss_mb, start_of_peak
from task.books.carts.models import ScanState
from task.books.files.account import WORDS
from task.books.files.models import Upload
from task.books.models import Book
from task.jobs.models import Job
from tests.books.big_file import table
from tests.processes import wait_until

ROWS = int(os.environ.get("ROWS", "100000"))
REFUSED, UNDONE = WORDS[ScanState.REFUSED], WORDS[ScanState.UNDONE]
STATES = re.compile(r'sum-n">(−?[\d,]+)</b><span class="sum-words">([^<]*)<')


def files(desk: Bench, long: bool) -> Iterator[tuple[str, str]]:
    yield from one(desk, 300_000_000, "")
    yield from one(desk, 310_000_000, " (its worker killed 4 times)")


def one(desk: Bench, first: int, words: str) -> Iterator[tuple[str, str]]:
    content, holds = table(first, ROWS)
    for pid in [*web(desk), *pool(desk)]:
        start_of_peak(pid)
    idle = {pid: rss_mb(pid) for pid in [*web(desk), *pool(desk)]}
    usual = max(idle[pid] for pid in pool(desk))  # of those that come in the place of killed ones
    began = time.perf_counter()
    path = sent_to(desk, content)
    answered = time.perf_counter() - began
    sent = Upload.objects.get(pk=path.strip("/").rpartition("/")[2])
    sent, reading = timed(desk, sent.job_id, bool(words), sent)
    added = desk.browser.send(f"{path}add/", by_hand="on")
    sent.refresh_from_db()
    sent, adding = timed(desk, sent.add_job_id, bool(words), sent)
    peaks = {
        name: max(peak_mb(pid) - idle.get(pid, usual) for pid in pids)
        for name, pids in {"web": web(desk), "worker": pool(desk)}.items()
    }
    check(desk, sent, holds)
    yield (
        f"a file of {ROWS:,} rows{words}",
        (
            f"answer {answered:.2f} s, read in {reading:.0f} s, second answer {added:.2f} s, added in {adding:.0f} s; "
            + ", ".join(f"peak of {name} {peak:.0f} MB above idle" for name, peak in peaks.items())
        ),
    )
    children = Job.objects.filter(parent=sent.add_job_id).count()
    yield f"its look-ups{words}", f"{children:,} jobs"
    page = timed_page(desk, f"/carts/{sent.cart_id}/")
    yield f"the page of its cart{words}", f"{page * 1000:.0f} ms"
    desk.browser.send(f"/carts/{sent.cart_id}/undo/")
    sent.cart.refresh_from_db()
    began = time.perf_counter()
    jobs.until_ended(sent.cart.undo_job_id, every=0.2)
    undone = time.perf_counter() - began
    wait_until(lambda: not Job.objects.filter(parent=sent.add_job_id).active().exists(), 600, every=0.2)
    ended = time.perf_counter() - began
    # The page's figures are some seconds old.
    wait_until(lambda: account(desk, sent).get(UNDONE) == ROWS, every=1, what=lambda: account(desk, sent))
    left = Book.objects.filter(scans__cart=sent.cart_id).count()
    counts = f"{ROWS:,} rows undone, {left} of its books left"
    yield f"undoing its cart{words}", f"{undone:.0f} s, its look-ups have ended after {ended:.0f} s, {counts}"


def sent_to(desk: Bench, content: bytes) -> str:
    hidden = desk.browser.hidden("/books/files/")
    files = {"file": ("books.csv", content, "text/csv")}
    reply = desk.browser.line.post("/books/files/", data=hidden, files=files)
    assert reply.status_code == 302, reply.text
    return str(reply.headers["Location"])


def timed(desk: Bench, job: Any, is_killed: bool, sent: Upload) -> tuple[Upload, float]:
    """Until it has ended. `is_killed`: at a third a process of the pool, at two thirds the worker itself."""
    began = time.perf_counter()
    if is_killed:
        wait_until(lambda: jobs.done(job) > ROWS / 3, 900, every=0.05)
        for pid in pool(desk):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: jobs.done(job) > ROWS * 2 / 3, 900, every=0.05)
        main = desk.desk.main_process("worker")
        os.kill(main, signal.SIGKILL)
    jobs.until_ended(job, every=0.1)
    seconds = time.perf_counter() - began
    sent.refresh_from_db()
    return sent, seconds


def account(desk: Bench, sent: Upload) -> dict[str, int]:
    """What the cart's page says: words and how many rows."""
    reply = desk.browser.line.get(f"/carts/{sent.cart_id}/")
    assert reply.status_code == 200, (reply.status_code, reply.headers, reply.text[:500])
    found = STATES.findall(reply.text)
    return {unescape(words): int(count.replace("−", "-").replace(",", "")) for count, words in found}


def check(desk: Bench, sent: Upload, holds: Counter[str]) -> None:
    said = account(desk, sent)
    assert said.pop("rows in the file") == ROWS, said
    assert said.get(REFUSED) == holds["bad"], said
    effects = sent.cart.scans.order_by().values("effect").annotate(count=Count("pk"))
    kept = {"brought": holds["new"] + holds["without"], "known": holds["double"], "refused": holds["bad"]}
    assert dict(effects.values_list("effect", "count")) == kept, kept
    assert sum(said.values()) == ROWS, said


def timed_page(desk: Bench, path: str) -> float:
    began = time.perf_counter()
    assert desk.browser.line.get(path).status_code == 200
    return time.perf_counter() - began


def web(desk: Bench) -> list[int]:
    return [pid for pid, command in desk.desk.processes().items() if "celerytask.web" in command]
