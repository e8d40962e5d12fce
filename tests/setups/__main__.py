"""The desk on each usual set-up: `python -m tests.setups`, or with the names of some.

Whether it starts, runs jobs of each kind that people send, says on `/readyz` what is away, and goes on when that is
back: a row each. Ends with 1 where something was lost, doubled, or did not go on.
"""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from typing import Any

from tests.desk import Desk
from tests.processes import wait_until
from tests.servers import temporary
from tests.services.github import GitHub
from tests.services.openlibrary import OpenLibrary
from tests.services.smtp import MailServer
from tests.setups.services import SETUPS, Away

HEAD = "| set-up | starts | seven kinds of jobs | then |\n|---|---|---|---|"
KINDS = ("users", "scan", "order", "report", "file", "invitation", "backup")
SECONDS = 120.0  # for each


def row(name: str) -> tuple[str, list[str]]:
    """A row of the table, and what is wrong."""
    words, make = SETUPS[name]
    with ExitStack() as stack:
        folder = stack.enter_context(temporary())
        setup = make(folder, stack)
        mail, library = stack.enter_context(MailServer()), stack.enter_context(OpenLibrary())
        github = stack.enter_context(GitHub(limit=10_000, window=60))
        desk = Desk(
            folder, OPENLIBRARY_URL=library.url, CONTACT="setups@example.org", GITHUB_API_URL=github.url,
            GITHUB_TOKEN="t", EMAIL_URL=mail.url, WORKERS="2", BACKUP_DIR=str(folder / "backups"),
            JOBS_LEASE_SECONDS="10", JOBS_RENEW_SECONDS="3", **setup.environment,
        )  # fmt: skip
        stack.callback(desk.end)
        began = time.monotonic()
        desk.start("--stop-with-parent").wait_ready(SECONDS)
        started = time.monotonic() - began
        os.environ |= {**desk.environment, "LOCAL": "1", "DJANGO_SETTINGS_MODULE": "celerytask.settings"}
        import django

        django.setup()
        person, seconds = send_one_of_each(desk)
        then = [away(desk, person, service) for service in setup.services]
        from task.jobs.models import Job
        from tests.storm.proof import problems

        wrong = list(problems(person.sent, mail.taken, folder / "backups"))
        wrong += [each[-1500:] for each in Job.objects.exclude(traceback="").values_list("traceback", flat=True)[:3]]
        said = "; ".join(then) or "none is outside"
        return f"| {words} | {started:.0f} s | {len(KINDS)} in {seconds:.0f} s | {said} |", wrong


def send_one_of_each(desk: Desk) -> tuple[Any, float]:
    from tests.storm.load import Person
    from tests.storm.run import people

    (token,) = people(1)
    person = Person(1, 1, f"http://127.0.0.1:{desk.port}", token, until=0)
    began = time.monotonic()
    for kind in KINDS:
        send(person, kind)
    until_quiet()
    return person, time.monotonic() - began


def send(person: Any, kind: str) -> Any:
    one = getattr(person, kind)(f"setup-{len(person.sent)}")
    person.sent.append(one)
    person.send(one)
    return one


def until_quiet() -> None:
    from django.db import DatabaseError, connections

    from task.jobs.models import Job

    def quiet() -> bool:
        try:
            return not Job.objects.active().exists()
        except DatabaseError:
            connections.close_all()
            return False

    wait_until(quiet, SECONDS, every=0.1)


def away(desk: Desk, person: Any, service: Away) -> str:
    """One service goes away while somebody orders a book, and comes back."""
    service.go()
    began = time.monotonic()
    missing = wait_until(lambda: what_is_missing(desk), SECONDS, every=0.1)
    one: list[Any] = []
    thread = threading.Thread(target=lambda: one.append(send(person, "order")))
    thread.start()
    thread.join(3)  # it stays away so long, or until the order is taken
    taken = bool(one)
    service.come()
    wait_until(lambda: desk.get("/readyz")[0] == 200, SECONDS, every=0.1)
    thread.join()
    until_quiet()
    seconds = time.monotonic() - began
    order = "taken meanwhile" if taken else f"taken when it was back, at the {ordinal(one[0].tries)} try"
    return f"{service.what}: not ready ({missing}), an order is {order}; all is done {seconds:.0f} s after it went"


def what_is_missing(desk: Desk) -> str:
    status, body = desk.get("/readyz")
    if status == 200:
        return ""
    try:
        return ", ".join(json.loads(body).get("missing", [])) if body else ""
    except ValueError:
        return ""


def ordinal(number: int) -> str:
    return f"{number}{'th' if number % 100 in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def main(names: list[str]) -> int:
    if len(names) == 1:
        line, wrong = row(names[0])
        print(line, *(f"  {each}" for each in wrong), sep="\n", flush=True)
        return 1 if wrong else 0
    print(HEAD, flush=True)
    return max(subprocess.call([sys.executable, "-m", "tests.setups", name]) for name in names or SETUPS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
