"""Maintenance: a thread in every worker's main process looks every 5 s for what nobody works on.

Whoever can work looks for work: not beat, not a task, so that it can't wait behind what it should mend.
"""

import logging
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import connections, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Least

from task.jobs.conf import conf
from task.jobs.engine.broker import notify
from task.jobs.engine.clock import Now
from task.jobs.engine.compare_and_swap import update_if
from task.jobs.engine.registry import KINDS
from task.jobs.engine.transitions import rescue
from task.jobs.models import DUE, Job, State, Worker

log = logging.getLogger("desk.maintenance")
MAX_BOUNCES = 10
JUST = timedelta(seconds=3)  # workers that lose a broker at once have it again within so long of each other


def overdue() -> Q:
    """Jobs whose time has come and whose last notification was so long ago that it may be lost."""
    pauses = [timedelta(seconds=seconds) for seconds in conf.NOTIFY_SECONDS]
    late = Q(notifications__gte=len(pauses), notified_at__lt=Now() - pauses[-1])
    for notifications, pause in enumerate(pauses):
        late |= Q(notifications=notifications, notified_at__lt=Now() - pause)
    # A pause that is over wants its notification at once, whenever the last one was.
    return (Q(run_after=None) & late) | (Q(run_after__lte=Now()) & (late | Q(notified_at__lt=F("run_after"))))


def rescue_lapsed(*, all_running: bool = False) -> list[Job]:
    """Send jobs whose worker is lost back to the queue and return them; end those whose owner cancelled them.

    `all_running`: whatever their lease, for the start of a machine that alone holds the database: whoever ran there is
    dead.
    """
    lost = Job.objects.running()
    if not all_running:  # a kind that this process does not know has hooks that it does not know: others rescue it
        lost = lost.filter(lease_until__lt=Now()).of_kinds(KINDS)
    found = lost.order_by("lease_until")[: None if all_running else conf.MAINTENANCE_ROWS]
    return [job for job in found if _rescued(job, lapsed=not all_running)]


def _rescued(job: Job, *, lapsed: bool) -> bool:
    """One whose hook meets a database that is away keeps nobody else waiting."""
    try:
        return rescue(job, lapsed=lapsed)
    except Exception:
        log.warning("Job %s could not be rescued", job.pk, exc_info=True)
        return False


def expire_lease(job_id: str) -> None:
    """End the lease of a job whose process on this host is dead. One that another worker took over keeps its own."""
    running = Job.objects.filter(pk=job_id).running().annotate(now=Now())
    job: Any = running.only("runner", "claims", "lease_until").first()
    host, _, pid = job.runner.rpartition(":") if job else ("", "", "")
    if job and host == socket.gethostname():
        quiet = (
            (job.now - job.lease_until + timedelta(seconds=conf.LEASE_SECONDS)).total_seconds()
            if job.lease_until
            else 0
        )
        if not _is_alive(int(pid), quiet):
            mine = {"claims": job.claims, "state": State.RUNNING}
            update_if(job.pk, mine, lease_until=Now() - timedelta(seconds=1))


def _is_alive(pid: int, quiet: float = 0) -> bool:
    """Whether that process lives, and is the one that renewed a lease `quiet` seconds ago."""
    try:
        os.kill(pid, 0)
    except OSError as fault:
        return not isinstance(fault, ProcessLookupError)
    try:  # Linux tells more: the fields after the name in brackets, which may hold anything
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, LookupError, ValueError):
        return True
    # A zombie has ended, and nobody has asked how (a container's first process may reap no orphans). One that is
    # younger than the lease's last renewal has only got the number of one that ended.
    return fields[0] not in (b"Z", b"X") and age > quiet - 1


def notify_elsewhere(messages: Iterable[tuple[str, int]]) -> None:
    """Pass on messages, each (job's id, bounces), that came to this worker, which does not know their kinds.

    The next worker in the queue gets it at once. After ten that did not know it either the row becomes due, and the
    maintenance of one that knows it notifies at its next pass; where none does, nobody is notified.
    """
    bounces = {key: count for job_id, count in messages if (key := _key(job_id))}
    waiting = Job.objects.filter(pk__in=bounces).queued().exclude(kind__in=KINDS)
    overdue = Now() - timedelta(seconds=conf.NOTIFY_SECONDS[0])
    for key, kind in list(waiting.values_list("pk", "kind")):
        passed = bounces[key] < MAX_BOUNCES and notify(kind, key, bounces[key] + 1)
        update_if(key, {"state": State.QUEUED}, notifications=0, notified_at=Now() if passed else overdue)
        with suppress(Exception):  # Celery has noted a failure, of a job that waits
            current_app.backend.forget(str(key))


def _key(job_id: str) -> UUID | None:
    try:
        return UUID(job_id)
    except ValueError:  # a task of somebody else's
        return None


def notify_waiting(condition: Q) -> tuple[int, bool]:
    """Notify for waiting jobs, oldest first: how many there were (JOBS_MAINTENANCE_ROWS at most), and whether the
    broker took them.

    Each is stamped by compare-and-swap before it is notified, so that two workers don't both do it. A notification
    that the broker did not take is not counted.
    """
    waiting = Job.objects.filter(condition).queued().of_kinds(KINDS).order_by("notified_at")
    with transaction.atomic():
        jobs = list(waiting.only("kind", "notifications")[: conf.MAINTENANCE_ROWS])
        stamp = {
            "notified_at": Now(),
            "notifications": Least(F("notifications") + 1, Value(len(conf.NOTIFY_SECONDS))),
        }
        stamped = [
            job
            for job in jobs
            if update_if(job.pk, {"state": State.QUEUED, "notifications": job.notifications}, **stamp)
        ]
    for number, job in enumerate(stamped):
        if not notify(job.kind, job.pk):
            rest = [job.pk for job in stamped[number:]]
            late = Job.objects.filter(pk__in=rest, notifications__gt=0).queued()
            late.update(notifications=F("notifications") - 1)
            return len(jobs), False
    return len(jobs), True


# A pool process that is forked while SQLite is open in its parent inherits SQLite's notes about locks that it does not
# hold: it hangs, or finds the database locked for ever. So the worker's main process forks only while maintenance rests
# and no connection is open.
_at_rest = threading.Lock()
_forking = False


def _before_fork() -> None:
    global _forking
    _forking = _at_rest.acquire(timeout=conf.MAINTENANCE_SECONDS)
    if _maintenance is not None:
        connections.close_all()  # this thread's own


def _after_fork() -> None:
    if _forking:
        _at_rest.release()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)


class Maintenance(threading.Thread):
    """The thread. `notify_all` makes it notify for all that waits: after a start or a reconnect some may be lost."""

    def __init__(self, name: str) -> None:
        super().__init__(daemon=True, name="maintenance")
        self.worker_name = name
        self.everything = threading.Event()
        self.stopped = threading.Event()
        self.woken = threading.Event()
        self.begins_alone = bool(getattr(settings, "LOCAL", False))  # one host has all the workers
        self.unsure: datetime | None = None  # until when others may have notified in vain
        self.orphans: list[str] = []  # jobs of processes that died here
        self.unknown: deque[tuple[str, int]] = deque(maxlen=10_000)  # messages for kinds that nobody knows here

    def notify_all(self) -> None:
        self.everything.set()
        self.woken.set()

    def run(self) -> None:
        while not self.stopped.is_set():
            self.woken.clear()
            try:
                self.pass_and_close()
            except Exception:
                log.warning("Maintenance failed and tries again in %g s", conf.MAINTENANCE_SECONDS, exc_info=True)
            self.woken.wait(conf.MAINTENANCE_SECONDS)
        Worker.objects.filter(pk=self.worker_name).delete()

    def pass_and_close(self) -> None:
        with _at_rest:
            try:
                self.one_pass()
            finally:
                connections.close_all()

    def one_pass(self) -> None:
        if self.begins_alone:  # what died with the last worker need not wait for its lease
            self.orphans += map(str, Job.objects.running().values_list("pk", flat=True))
            self.begins_alone = False
        while self.orphans:
            if _key(job_id := self.orphans.pop()):
                expire_lease(job_id)
        if self.unknown:
            notify_elsewhere([self.unknown.popleft() for _ in range(len(self.unknown))])
        Worker.objects.update_or_create(pk=self.worker_name, defaults={"seen": Now(), "listens": _listens})
        Worker.objects.filter(seen__lt=Now() - timedelta(days=1)).delete()
        for job in rescue_lapsed():
            if not notify(job.kind, job.pk):
                self.everything.set()
                break
        if self.everything.is_set():
            self.everything.clear()
            self.notify_everything()
        elif self.unsure is not None:
            before, self.unsure = self.unsure, None
            self.notify_all_of(before)
        elif not notify_waiting(overdue())[1]:
            self.everything.set()  # the broker is away: once it is back, all that waits is notified

    def notify_everything(self) -> None:
        """Notify for all that waits.

        Where many workers connect again at once, each leaves alone what another one has just notified for, and makes
        up for it in its next pass if that was before the broker was back: two messages a job, however many workers.
        """
        now = Job.objects.due().annotate(now=Now()).values_list("now", flat=True).first()
        if now is None:
            return
        if Worker.objects.living().exclude(pk=self.worker_name).exists():
            self.unsure, now = now, now - JUST
        self.notify_all_of(now)

    def notify_all_of(self, before: datetime) -> None:
        """For all that waits and was notified last before then."""
        while not self.stopped.is_set():
            count, taken = notify_waiting(DUE & Q(notified_at__lt=before))
            if not taken:
                self.everything.set()
            if not taken or count < conf.MAINTENANCE_ROWS:
                return


_maintenance: Maintenance | None = None
_listens = True


def listens(to_the_broker: bool) -> None:
    """What the next pass writes into the worker's row."""
    global _listens
    _listens = to_the_broker


def start(name: str) -> None:
    """Start this process's maintenance, or wake it when it runs: the broker is there (again)."""
    global _maintenance
    if _maintenance is None or not _maintenance.is_alive():
        _maintenance = Maintenance(name)
        _maintenance.everything.set()
        _maintenance.start()
    else:
        _maintenance.notify_all()


def orphaned(job_id: str) -> None:
    """A process of this worker died at that job: look now, not when its lease runs out."""
    if _maintenance is not None:
        _maintenance.orphans.append(job_id)
        _maintenance.woken.set()


def not_known_here(job_id: str, bounces: int) -> None:
    """A message came for a kind that this worker does not know: a pass sees to it, now, that others get it."""
    if _maintenance is not None:
        _maintenance.unknown.append((job_id, bounces))
        _maintenance.woken.set()


def stop() -> None:
    if _maintenance is not None:
        _maintenance.stopped.set()
        _maintenance.woken.set()
