"""Two old desks, one of 1.0 and one of 1.1, are migrated and finish what waited and what ran when their workers died.

`data/desk-….sql.gz` were made by those versions' own forms and workers (`data/README.md`): people, books in every
state, random users, and in 1.1 orders, reports, backups, schedules and the playground. Each "running" job was killed
in the middle of a step.
"""

import contextlib
import gzip
import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from tests.processes import ROOT
from tests.services.github import GitHub, made_up
from tests.services.openlibrary import OpenLibrary

FINISH = """
import json, django; django.setup()
from django.core import mail
from django.test import Client
from django.test.utils import setup_test_environment
from task.accounts.models import User
from task.jobs.models import Job
from task.jobs.testing import execute_all, take_over
setup_test_environment()  # emails go to mail.outbox
execute_all()
take_over()
ada = Client(); ada.force_login(User.objects.get(username="ada"), "django.contrib.auth.backends.ModelBackend")
lists = ["/", "/jobs/", "/books/", "/users/", "/orders/", "/reports/", "/backups/", "/schedules/", "/playground/"]
pages = lists + [job.get_absolute_url() for job in Job.objects.all()]
print(json.dumps({
    "mails": [[message.to[0], message.extra_headers["Message-ID"]] for message in mail.outbox],
    "pages": {page: ada.get(page).status_code for page in pages},
}))
"""
JOB = "id, kind, title, owner_id, arguments, state, done, total, message, error, created, finished, parent_id"
PEOPLE = "SELECT id, username, batch_id FROM accounts_user"
LOOPS = ("accounts.generate", "books.look_up", "books.look_again", "reports.crawl", "reports.build")


class Desk:
    """A database in a folder of its own: what it was, and what became of it."""

    def __init__(self, version: str, folder: Path, library: OpenLibrary, github: GitHub) -> None:
        self.var_dir = folder / "var"
        self.var_dir.mkdir()
        self.file = self.var_dir / "desk.sqlite3"
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        self.environment = kept | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "VAR_DIR": str(self.var_dir),
            "TEST_RUN_DATABASE_URL": f"sqlite:///{self.file}",
            "TEST_OPENLIBRARY_URL": library.url,
            "TEST_GITHUB_API_URL": github.url,
            "CONTACT": "desk@example.org",  # three requests a second, and thirty a minute
            "GITHUB_TOKEN": "x",
        }
        with contextlib.closing(sqlite3.connect(self.file)) as base:
            base.executescript(gzip.decompress((ROOT / f"tests/data/desk-{version}.sql.gz").read_bytes()).decode())
        self.before = self.jobs()
        self.was = {name: self.ask(sql) for name, sql in SAME.items() if self.has(name)}
        self.people = set(self.ask(PEOPLE))
        self.python("manage.py", "migrate", "--verbosity=0")
        self.python("manage.py", "createcachetable", "--verbosity=0")
        told = json.loads(self.python("-c", FINISH).splitlines()[-1])
        self.mails, self.pages = told["mails"], told["pages"]
        self.after = self.jobs()

    def python(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(self.file)) as base:
            return base.execute(sql).fetchall()

    def has(self, name: str) -> bool:
        return bool(self.ask(f"SELECT 1 FROM sqlite_master WHERE name = '{name}'"))

    def jobs(self) -> dict[str, dict[str, Any]]:
        names = JOB.split(", ")
        return {row[0]: dict(zip(names, row, strict=True)) for row in self.ask(f"SELECT {JOB} FROM jobs_job")}

    def states(self, table: str) -> Counter[str]:
        return Counter(state for (state,) in self.ask(f"SELECT state FROM {table}"))

    @property
    def is_1_1(self) -> bool:
        return any(job["kind"].startswith("orders.") for job in self.before.values())


# Rows that no unfinished job has to do with: they stay as they were.
SAME = {
    "accounts_user": "SELECT * FROM (SELECT id, password, email, username, is_staff, is_superuser FROM accounts_user)"
    " WHERE id IN (SELECT id FROM accounts_user WHERE NOT is_random)",
    "books_book": "SELECT id, isbn, title, pages, publish_date, outside_id, outside_url, copies, state, scanned_by_id"
    " FROM books_book WHERE state IN ('filled', 'failed', 'cancelled')",
    "books_author": "SELECT id, key, name, outside_url FROM books_author",
    "books_bookauthor": "SELECT id, book_id, author_id FROM books_bookauthor",
    "books_booksubject": "SELECT id, book_id, subject_id FROM books_booksubject",
    "django_celery_results_taskresult": "SELECT task_id, status, result FROM django_celery_results_taskresult",
    "orders_order": "SELECT id, quantity, state, created, ended, book_id, owner_id FROM orders_order",
    "reports_report": "SELECT id, language, count, state, rows, size, points, created, ended FROM reports_report"
    " WHERE state != 'working'",
    "playground_playgroundrun": "SELECT id, canvas, inputs, graph, result, outcome FROM playground_playgroundrun",
    "django_celery_beat_periodictask": "SELECT name, task, enabled, kwargs FROM django_celery_beat_periodictask",
}


@pytest.fixture(scope="module", params=["1.0", "1.1"])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with OpenLibrary() as library, GitHub() as github:
        library.unknown |= {"9780000002020", "9780000002037"}
        # The first page was fetched by the worker that died: the repeats on the next are left out.
        github.pages = {2: [made_up(20 * 2 + n) for n in range(20)] + [made_up(21)], 3: [made_up(70)]}
        github.total = 250
        yield Desk(request.param, tmp_path_factory.mktemp("desk"), library, github)


def test_the_old_desks_have_jobs_in_every_state(desk: Desk) -> None:
    states = Counter((job["kind"], job["state"]) for job in desk.before.values())
    for kind in ("accounts.generate", "books.look_up"):
        assert {"queued", "running", "succeeded", "cancelled"} <= {state for name, state in states if name == kind}
    assert {state for _, state in states} == {"queued", "running", "succeeded", "failed", "cancelled"}
    killed = [job["done"] for job in desk.before.values() if job["state"] == "running"]
    assert sum(done > 0 for done in killed) >= 4
    assert desk.is_1_1 is ("orders_order" in desk.was)


def test_every_job_is_there_and_has_ended(desk: Desk) -> None:
    assert desk.before.keys() <= desk.after.keys()
    for key, before in desk.before.items():
        after = desk.after[key]
        if before["state"] not in ("queued", "running"):
            assert after == before
            continue
        unchanged = ("kind", "owner_id", "arguments", "created", "parent_id")
        assert {name: after[name] for name in unchanged} == {name: before[name] for name in unchanged}
        if before["kind"] == "gone.kind":  # it waits for a worker that knows it
            assert after["state"] == "queued"
        elif (before["kind"], before["arguments"]) == ("accounts.generate", '{"total": 50}') and before["done"] == 20:
            assert (after["state"], after["message"]) == ("cancelled", "Cancelled after 20.")  # its owner had asked
        else:
            assert after["state"] == "succeeded", after
            assert after["kind"] not in LOOPS or after["done"] == after["total"], after
    left = [job for job in desk.after.values() if job["state"] in ("queued", "running")]
    assert [job["kind"] for job in left] == ["gone.kind"]


def test_what_nobody_worked_at_is_as_it_was(desk: Desk) -> None:
    for name, rows in desk.was.items():
        lost = set(rows) - set(desk.ask(SAME[name]))
        assert not lost, (name, lost)


def test_no_user_is_lost_or_doubled(desk: Desk) -> None:
    made = desk.ask(
        "SELECT b.total, b.made, b.deleted IS NOT NULL, count(u.id), count(DISTINCT u.username)"
        " FROM accounts_userbatch b LEFT JOIN accounts_user u ON u.batch_id = b.id GROUP BY b.id ORDER BY b.id"
    )
    assert made == [
        (50, 50, 1, 0, 0),
        (50, 50, 1, 0, 0),  # was being deleted
        (60, 0, 0, 0, 0),  # cancelled while it waited
        (60, 60, 0, 60, 60),  # a worker died at 40
        (50, 20, 0, 20, 20),  # cancelled, and then its worker died
        (50, 50, 0, 50, 50),  # waited
    ]
    gone = desk.people - set(desk.ask(PEOPLE))
    assert {batch for _, _, batch in gone} == {2}


def test_every_book_is_filled_once(desk: Desk) -> None:
    not_found = 2 if desk.is_1_1 else 4  # two are known by now, and 1.1 was looking for them again
    counted = desk.states("books_book")
    assert counted == {"filled": 47 - not_found, "not_found": not_found, "failed": 2, "cancelled": 2}
    assert desk.ask("SELECT count(*), count(DISTINCT isbn) FROM books_book") == [(51, 51)]
    ((filled,),) = desk.ask("SELECT count(*) FROM books_book WHERE state = 'filled' AND title > ''")
    ((linked, books),) = desk.ask("SELECT count(*), count(DISTINCT book_id) FROM books_bookauthor")
    assert filled == linked == books == counted["filled"]


def test_reports_and_orders_are_whole(desk: Desk) -> None:
    if not desk.is_1_1:
        assert desk.ask("SELECT count(*) FROM orders_order") == [(0,)]
        return
    rows = "SELECT count(*) FROM reports_repository WHERE report_id = r.id"
    reports = desk.ask(f"SELECT language, count, state, rows, ({rows}) FROM reports_report r ORDER BY id")
    assert reports == [
        ("Python", 30, "done", 25, 25),
        ("Rust", 10, "failed", 0, 0),
        ("Python", 250, "done", 41, 41),
        ("Go", 25, "done", 25, 25),
        ("Java", 5, "done", 5, 5),
    ]
    for key in (3, 4, 5):
        ranks = desk.ask(f"SELECT rank FROM reports_repository WHERE report_id = {key} ORDER BY rank")
        assert [rank for (rank,) in ranks] == list(range(1, len(ranks) + 1))
    assert len(list(desk.var_dir.glob("media/reports/*/*"))) == 3
    copies = "SELECT isbn, copies FROM books_book WHERE isbn IN ('9780000001009', '9780000001016', '9780000001030')"
    assert dict(desk.ask(copies)) == {"9780000001009": 0, "9780000001016": 3, "9780000001030": 0}


def test_backups_go_on(desk: Desk) -> None:
    if not desk.is_1_1:
        return
    there = {file.name for file in desk.var_dir.glob("backups/desk-*.tar.gz")}
    listed = desk.ask("SELECT name, state FROM backups_backup")
    # Both that had not ended were made; retention keeps the newest of an hour, and no row whose file is long gone.
    assert (len(there), listed) == (1, [(there.pop(), "good")])


def test_each_email_is_sent_once(desk: Desk) -> None:
    people = Counter(address.removesuffix("@example.org") for address, _ in desk.mails)
    both = {"dan": 1, "cleo": 1}  # the welcome that a worker died before, and a reset
    more = {"ben": 2, "cleo": 2, "ada": 1}  # an order and a report; a report and a summary for each of the staff
    assert people == (Counter(both) + Counter(more) if desk.is_1_1 else Counter(both))
    assert len({name for _, name in desk.mails}) == len(desk.mails)


def test_old_passwords_still_fit(desk: Desk) -> None:
    for (encoded,) in desk.ask("SELECT password FROM accounts_user WHERE NOT is_random"):
        assert Argon2PasswordHasher().verify("a good password", encoded)


def test_whoever_was_there_is_greeted_with_no_first_steps(desk: Desk) -> None:
    greeted = desk.ask(
        "SELECT u.username FROM accounts_user u LEFT JOIN first_steps_progress p ON p.user_id = u.id"
        " WHERE NOT u.is_random AND p.dismissed_at IS NULL"
    )
    assert greeted == []
    assert desk.ask("SELECT count(*) FROM accounts_user WHERE NOT is_random") != [(0,)]


def test_every_page_shows_what_was_before(desk: Desk) -> None:
    assert {page: status for page, status in desk.pages.items() if status != 200} == {}
    assert len(desk.pages) > len(desk.before)
