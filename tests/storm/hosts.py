"""Two hosts share the work, and the network takes one of them away: `python -m tests.storm.hosts`.

A host is a worker that reaches the database and the broker by lines of its own, which fall silent in the middle: no
connection ends, and nothing comes through. When they are mended, what the host still had in its hands must not count.
On the PostgreSQL and the RabbitMQ that TEST_DATABASE_URL and TEST_QUORUM_URL name.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from tests.own_database import own_database
from tests.processes import ROOT, Process, wait_until
from tests.storm.lines import through

MINUTES = 600.0  # seconds: a deadline that tells of what hangs


class Host:
    """A worker behind lines of its own to the two services."""

    def __init__(self, stack: ExitStack, name: str, environment: dict[str, str]) -> None:
        self.lines = []
        own = dict(environment)
        for setting in ("DATABASE_URL", "CELERY_BROKER_URL"):
            line, own[setting] = through(stack, environment[setting])
            self.lines.append(line)
        settings = [f"{key}={value}" for key, value in own.items()]
        worker = [str(ROOT / "bin/process"), "worker", "--hostname", f"{name}@{name}"]
        self.process = Process(["env", "-i", *settings, *worker])
        stack.callback(self.process.kill)

    def works(self) -> None:
        wait_until(lambda: " ready." in self.process.said(), what=self.process.said)

    def cut_off(self) -> None:
        for line in self.lines:
            line.silence()

    def come_back(self) -> None:
        for line in self.lines:
            line.mend()


@contextmanager
def two_hosts(folder: Path) -> Iterator[tuple[Host, Host]]:
    """With a database of their own, migrated; this process works on it, too."""
    with ExitStack() as stack:
        os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
        database = stack.enter_context(own_database())
        with psycopg.connect(database, autocommit=True) as line:  # as docs/deploy.md says of the role
            name = database.rpartition("/")[2].partition("?")[0]
            line.execute(f"ALTER DATABASE {name} SET idle_in_transaction_session_timeout = '30s'")
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "VAR_DIR": str(folder / "var"),
            "DJANGO_SETTINGS_MODULE": "celerytask.settings", "SECRET_KEY": uuid4().hex * 2,
            "ALLOWED_HOSTS": "localhost", "SITE_URL": "http://localhost", "DATABASE_URL": database,
            "CELERY_BROKER_URL": os.environ["TEST_QUORUM_URL"], "WORKERS": "2",
        }  # fmt: skip
        os.environ |= environment
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        stack.callback(connections.close_all)
        hosts = Host(stack, "one", environment), Host(stack, "two", environment)
        for host in hosts:
            host.works()
        yield hosts


def run(folder: Path, jobs: int, users: int) -> str:
    """A sentence with the figures. Raises AssertionError where something is lost, doubled or late."""
    with two_hosts(folder) as (one, two):
        from django.contrib.auth import get_user_model
        from django.db.models import Sum

        from task.accounts.tasks import generate_random_users
        from task.jobs.models import Job, State

        for _ in range(jobs):
            generate_random_users.delay(total=users)
        wait_until(lambda: (Job.objects.aggregate(all=Sum("done"))["all"] or 0) > jobs * users // 5, MINUTES)
        wait_until(lambda: Job.objects.filter(state=State.RUNNING).count() >= 4, MINUTES)
        one.cut_off()
        cut = time.monotonic()
        running = {job.pk: (job.claims, job.done) for job in Job.objects.filter(state=State.RUNNING)}
        time.sleep(2)  # what was on its way before is there now
        soon = dict(Job.objects.filter(pk__in=running).values_list("pk", "done"))

        def goes_on(job: Any) -> bool:
            return not job.is_active or job.claims > running[job.pk][0] or job.done > soon[job.pk]

        def all_go_on() -> bool:
            return all(goes_on(job) for job in Job.objects.filter(pk__in=running))

        wait_until(all_go_on, MINUTES, every=0.2)
        recovery = time.monotonic() - cut
        wait_until(lambda: not Job.objects.active().exists(), MINUTES, every=0.2, what=two.process.said)
        lasted = time.monotonic() - cut
        one.come_back()
        two.process.stop()
        last = generate_random_users.delay(total=users)  # only the host that was away is there to do it
        wait_until(lambda: not Job.objects.get(pk=last.pk).is_active, MINUTES, what=one.process.said)
        made = get_user_model().objects.filter(is_random=True).count()
        lost = sum(len(job.workers_lost) for job in Job.objects.all())
        ended = Job.objects.filter(state=State.SUCCEEDED, done=users).count()
        assert made == (jobs + 1) * users, f"{made:,} users are there, and {(jobs + 1) * users:,} were asked for"
        assert ended == jobs + 1, [(job.state, job.done, job.error) for job in Job.objects.exclude(done=users)]
        assert lost >= 1, "No job was at the host that was cut off."
        assert recovery < 40, f"{recovery:.1f} s until all jobs went on"
    return (
        f"{jobs} jobs of {users:,} users, one of two hosts cut off: {made - users:,} users, {lost} jobs taken over, "
        f"all went on within {recovery:.1f} s, all ended {lasted:.0f} s after the cut"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.storm.hosts", description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=20)
    parser.add_argument("--users", type=int, default=10_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="desk-hosts-") as folder:
        sys.stdout.write(run(Path(folder), chosen.jobs, chosen.users) + "\n")


if __name__ == "__main__":
    main()
