"""A desk of its own under load, with faults by a plan, until all is quiet; then its rows are read."""

import logging
import os
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.desk import Desk
from tests.own_database import own_database
from tests.processes import wait_until
from tests.services.github import GitHub
from tests.services.openlibrary import OpenLibrary
from tests.services.smtp import MailServer
from tests.storm.host import mount_small_disk, own_clock
from tests.storm.lines import through
from tests.storm.plan import LEASE, Fault, plan

QUIET_WITHIN = 300.0  # seconds after the last fault in which all must have ended


@dataclass
class Outcome:
    seed: int
    database: str
    broker: str
    faults: list[Fault]
    missed: list[str]
    submissions: int = 0
    jobs: int = 0
    tries: int = 0  # requests of these submissions
    standstill: float = 0.0  # seconds at most in which nothing went on although jobs waited or ran
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    def as_row(self) -> str:
        done = len(self.faults) - len(self.missed)
        figures = (self.seed, f"{self.database}, {self.broker}", done, self.submissions, self.tries, self.jobs)
        return "| " + " | ".join(map(str, figures)) + f" | {len(self.problems)} | {self.standstill:.0f} s |"


HEAD = (
    "| seed | set-up | faults | submissions | requests | jobs | lost, doubled, stuck | longest standstill |\n"
    "|---|---|---|---|---|---|---|---|"
)


def services(stack: ExitStack, database: str, broker: str) -> dict[str, Any]:
    """Lines to a database of its own and to the broker, and what the desk is told; nothing for the embedded ones."""
    if not database:
        return {}
    own = stack.enter_context(own_database())
    environment, lines = {}, {}
    for name, address in (("DATABASE_URL", own), ("CELERY_BROKER_URL", broker)):
        lines[name], environment[name] = through(stack, address)
    return {"own": own, "environment": environment, "lines": lines}


def run(folder: Path, seed: int, *, faults: int, seconds: float, database: str = "", broker: str = "") -> Outcome:
    """Raises AssertionError where the desk does not come up. `database` and `broker` are a server's, or both ""."""
    with ExitStack() as stack:
        if database:
            os.environ["DATABASE_URL"] = database
        about = services(stack, database, broker)
        about["disk"] = folder if mount_small_disk(folder) else None
        file = Path(stack.enter_context(TemporaryDirectory(prefix="desk-clock-"))) / "clock"
        clock = own_clock(file)
        about["clock"] = file
        mail, library = stack.enter_context(MailServer()), stack.enter_context(OpenLibrary(delay=0.05))
        github = stack.enter_context(GitHub(limit=10_000, window=60))
        desk = Desk(
            folder,
            OPENLIBRARY_URL=library.url, CONTACT="storm@example.org", GITHUB_API_URL=github.url, GITHUB_TOKEN="t",
            EMAIL_URL=mail.url, API_REQUESTS_A_MINUTE="1000000", WORKERS="2", SIGNUPS_AN_HOUR="1000",
            JOBS_LEASE_SECONDS=str(LEASE), JOBS_RENEW_SECONDS=f"{LEASE / 3:.1f}",
            BACKUP_DIR=str(folder / "backups"), **about.get("environment", {}), **clock,
        )  # fmt: skip
        stack.callback(desk.end)
        if not database:
            desk.prepared()
        desk.start("--stop-with-parent").wait_ready(600)
        own = {name: value for name, value in desk.environment.items() if name not in clock}
        os.environ |= {**own, "LOCAL": "1", "DJANGO_SETTINGS_MODULE": "celerytask.settings"}
        if database:
            os.environ["DATABASE_URL"] = about["own"]
        import django

        django.setup()
        logging.getLogger("desk").setLevel(logging.ERROR)  # the messages of this process meet the faults, too
        return weather(desk, seed, faults, seconds, about, mail, folder / "backups")


def weather(desk: Desk, seed: int, faults: int, seconds: float, about: Any, mail: MailServer, backups: Path) -> Outcome:
    from celery import current_app
    from django.db import connection, connections

    from task.jobs.models import Job
    from tests.storm.faults import Doer
    from tests.storm.load import PEOPLE, Person
    from tests.storm.proof import problems

    lines = about.get("lines", {})
    chosen = plan(seed, faults=faults, seconds=seconds, with_services=bool(lines))

    def purge() -> None:
        with current_app.connection_for_write() as line:
            line.default_channel.queue_purge("celery")

    doer = Doer(
        desk, about.get("own", ""), lines.get("DATABASE_URL"), lines.get("CELERY_BROKER_URL"), purge if lines else None,
        about["disk"], about["clock"],
    )  # fmt: skip
    tokens = people(PEOPLE)
    began = time.monotonic()
    watch = Watch()
    crowd = [
        Person(number, seed, f"http://127.0.0.1:{desk.port}", token, began + seconds)
        for number, token in enumerate(tokens, 1)
    ]
    for fault in chosen:
        time.sleep(max(0.0, began + fault.at - time.monotonic()))
        doer.do(fault)
    doer.wait_for_undoing()
    for person in crowd:
        person.thread.join()
    connections.close_all()
    with suppress(AssertionError):  # what is stuck is told below
        wait_until(lambda: not Job.objects.active().exists(), QUIET_WITHIN, every=0.2)
    watch.end()
    sent = [one for person in crowd for one in person.sent]
    outcome = Outcome(
        seed, connection.vendor, "RabbitMQ" if lines else "Valkey", chosen, doer.missed,
        submissions=sum(1 for one in sent if one.job), tries=sum(one.tries for one in sent), jobs=Job.objects.count(),
        standstill=watch.longest, seconds=time.monotonic() - began,
    )  # fmt: skip
    disk_was_full = "fill the disk" in {fault.name for fault in chosen}
    outcome.problems = list(problems(sent, mail.taken, backups, disk_was_full))
    connections.close_all()
    return outcome


def people(count: int) -> list[str]:
    """Their tokens, with staff's rights; and the books that they order."""
    from django.contrib.auth import get_user_model

    from benchmarks.rows import isbns
    from task.api.models import Token
    from task.books.models import Book
    from tests.storm.load import BOOKS, COPIES

    Book.objects.bulk_create(
        Book(isbn=number, title=f"Book {number}", state="filled", copies=COPIES) for number in isbns(9_000_000, BOOKS)
    )
    owners = [
        get_user_model().objects.create_user(f"person{n}", f"person{n}@example.org", is_staff=True)
        for n in range(count)
    ]
    return [Token.make(owner, "storm", as_staff=True)[1] for owner in owners]


class Watch:
    """Looks five times a second whether anything goes on, as long as there is something to do."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def end(self) -> None:
        self.is_over.set()
        self.thread.join()

    def look(self) -> None:
        from django.db import DatabaseError, connections
        from django.db.models import Count, Q, Sum

        from task.jobs.models import Job

        seen, since = None, time.monotonic()
        while not self.is_over.wait(0.2):
            now = time.monotonic()
            try:
                figures = Job.objects.aggregate(
                    ended=Count("pk", filter=Q(finished__isnull=False)), done=Sum("done"), all=Count("pk")
                )
                idle = figures["all"] == figures["ended"]
            except DatabaseError:
                connections.close_all()
                continue
            progress = (figures["ended"], figures["done"])
            if progress != seen or idle:
                if seen is not None:
                    self.longest = max(self.longest, now - since)
                seen, since = progress, now
        connections.close_all()
