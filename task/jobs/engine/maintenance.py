"""The sweep: a thread in every worker's main process looks every 5 s for what nobody works on.

Whoever can work looks for work: not beat, not a task, so that it can't wait behind what it should mend.
"""

import logging
import os
import socket
import threading
from datetime import timedelta

from django.conf import settings
from django.db import connections, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Least

from task.jobs.engine.broker import ring
from task.jobs.engine.clock import Now
from task.jobs.engine.compare_and_swap import swap
from task.jobs.engine.registry import KINDS
from task.jobs.engine.transitions import UNLEASED, end
from task.jobs.models import Job, State, Worker

log = logging.getLogger("desk.sweep")
EVERY_SECONDS = 5.0
AT_MOST = 500
WAITS = [timedelta(seconds=10), timedelta(seconds=60), timedelta(minutes=5), timedelta(hours=1)]  # by `rings`


def due() -> Q:
    """Jobs whose time has come and whose last ring was so long ago that it may be lost."""
    late = Q(rings__gte=len(WAITS), rung__lt=Now() - WAITS[-1])
    for rings, wait in enumerate(WAITS):
        late |= Q(rings=rings, rung__lt=Now() - wait)
    # A pause that is over wants its ring at once, whenever the last one was.
    return (Q(run_after=None) & late) | (Q(run_after__lte=Now()) & (late | Q(rung__lt=F("run_after"))))


def take_back(*, dead: bool = False) -> list[Job]:
    """Send jobs whose worker is lost back to the queue and return them; end those whose owner cancelled them.

    `dead`: all running ones, whatever their lease, for a start that knows that no worker lives.
    """
    lost = Q(state=State.RUNNING)
    if not dead:  # a kind that this process does not know has hooks that it does not know: others take it back
        lost &= Q(lease_until__lt=Now(), kind__in=KINDS)
    taken = []
    for job in Job.objects.filter(lost).order_by("lease_until")[: None if dead else AT_MOST]:
        ours = {"claims": job.claims, "state": State.RUNNING}
        if not dead:
            ours["lease_until__lt"] = Now()
        if job.cancel_requested:
            end(job, State.CANCELLED, ours, message=f"Cancelled after {job.done:,}.")
            continue
        job.note("worker lost", runner=job.runner)
        back = {"state": State.QUEUED, "history": job.history, "rings": 0, "rung": Now(), **UNLEASED}
        if swap(job.pk, {"cancel_requested": False, **ours}, **back):
            taken.append(job)
    return taken


def give_up_lease(job_id: str) -> None:
    """End the lease of a job whose process on this host is dead. One that another worker took over keeps its own."""
    job = Job.objects.filter(pk=job_id, state=State.RUNNING).only("runner", "claims").first()
    host, _, pid = job.runner.rpartition(":") if job else ("", "", "")
    if job and host == socket.gethostname() and not _lives(int(pid)):
        mine = {"claims": job.claims, "state": State.RUNNING}
        swap(job.pk, mine, lease_until=Now() - timedelta(seconds=1))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as fault:
        return not isinstance(fault, ProcessLookupError)
    return True


def take_back_all() -> int:
    """For the start of a machine that alone holds the database: whoever ran there is dead."""
    return len(take_back(dead=True))


def ring_waiting(condition: Q, at_most: int = AT_MOST) -> tuple[int, bool]:
    """Ring for waiting jobs, oldest first: how many there were (at most `at_most`), and whether the broker took them.

    Each is stamped by compare-and-swap before it is rung, so that two sweeps don't both ring. A ring that the broker
    did not take is not counted.
    """
    waiting = Job.objects.filter(condition, state=State.QUEUED, kind__in=KINDS).order_by("rung")
    with transaction.atomic():
        jobs = list(waiting.only("kind", "rings")[:at_most])
        stamp = {"rung": Now(), "rings": Least(F("rings") + 1, Value(len(WAITS)))}
        stamped = [job for job in jobs if swap(job.pk, {"state": State.QUEUED, "rings": job.rings}, **stamp)]
    for number, job in enumerate(stamped):
        if not ring(job):
            late = Job.objects.filter(pk__in=[job.pk for job in stamped[number:]], state=State.QUEUED, rings__gt=0)
            late.update(rings=F("rings") - 1)
            return len(jobs), False
    return len(jobs), True


# A pool process that is forked while SQLite is open in its parent inherits SQLite's notes about locks that it does not
# hold: it hangs, or finds the database locked for ever. So the worker's main process forks only while the sweep rests
# and no connection is open.
_at_rest = threading.Lock()
_forking = False


def _before_fork() -> None:
    global _forking
    _forking = _at_rest.acquire(timeout=EVERY_SECONDS)
    if _sweeper is not None:
        connections.close_all()  # this thread's own


def _after_fork() -> None:
    if _forking:
        _at_rest.release()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)


class Sweeper(threading.Thread):
    """The thread. `ring_all` makes it ring for all that waits: after a start or a reconnect rings may be lost."""

    def __init__(self, name: str) -> None:
        super().__init__(daemon=True, name="sweep")
        self.worker_name = name
        self.everything = threading.Event()
        self.stopped = threading.Event()
        self.woken = threading.Event()
        self.begins_alone = bool(getattr(settings, "LOCAL", False))  # one host has all the workers
        self.orphans: list[str] = []  # jobs of processes that died here

    def ring_all(self) -> None:
        self.everything.set()
        self.woken.set()

    def run(self) -> None:
        while not self.stopped.is_set():
            self.woken.clear()
            try:
                self.sweep_closed()
            except Exception:
                log.warning("The sweep failed and tries again in %g s", EVERY_SECONDS, exc_info=True)
            self.woken.wait(EVERY_SECONDS)
        Worker.objects.filter(pk=self.worker_name).delete()

    def sweep_closed(self) -> None:
        with _at_rest:
            try:
                self.sweep()
            finally:
                connections.close_all()

    def sweep(self) -> None:
        if self.begins_alone:  # what died with the last worker need not wait for its lease
            self.orphans += map(str, Job.objects.filter(state=State.RUNNING).values_list("pk", flat=True))
            self.begins_alone = False
        while self.orphans:
            give_up_lease(self.orphans.pop())
        Worker.objects.update_or_create(pk=self.worker_name, defaults={"seen": Now()})
        Worker.objects.filter(seen__lt=Now() - timedelta(days=1)).delete()
        for job in take_back():
            if not ring(job):
                self.everything.set()
                break
        if self.everything.is_set():
            self.everything.clear()
            self.ring_everything()
        elif not ring_waiting(due())[1]:
            self.everything.set()  # the broker is away: once it is back, all that waits is rung

    def ring_everything(self) -> None:
        ready = Q(run_after=None) | Q(run_after__lte=Now())
        last = Job.objects.filter(ready, state=State.QUEUED).annotate(now=Now()).values_list("now", flat=True).first()
        if last is None:
            return
        while not self.stopped.is_set():
            count, taken = ring_waiting(ready & Q(rung__lt=last))
            if not taken:
                self.everything.set()
            if not taken or count < AT_MOST:
                return


_sweeper: Sweeper | None = None


def start(name: str) -> None:
    """Start this process's sweep, or wake it when it runs: the broker is there (again)."""
    global _sweeper
    if _sweeper is None or not _sweeper.is_alive():
        _sweeper = Sweeper(name)
        _sweeper.everything.set()
        _sweeper.start()
    else:
        _sweeper.ring_all()


def orphaned(job_id: str) -> None:
    """A process of this worker died at that job: look now, not when its lease runs out."""
    if _sweeper is not None:
        _sweeper.orphans.append(job_id)
        _sweeper.woken.set()


def stop() -> None:
    if _sweeper is not None:
        _sweeper.stopped.set()
        _sweeper.woken.set()
