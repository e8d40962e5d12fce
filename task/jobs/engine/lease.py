"""The lease: one thread a process keeps the job at hand ours while a step takes its time."""

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from task.jobs.conf import conf
from task.jobs.engine.compare_and_swap import update_if
from task.jobs.engine.registry import KINDS
from task.jobs.engine.run import Run
from task.jobs.engine.transitions import lease_end
from task.jobs.models import State

log = logging.getLogger("desk.lease")

_run: Run | None = None
_thread: tuple[int, threading.Thread] | None = None


@contextmanager
def renewed(run: Run) -> Iterator[None]:
    global _run, _thread
    _run = run
    if _thread is None or _thread[0] != os.getpid() or not _thread[1].is_alive():
        _thread = (os.getpid(), threading.Thread(target=_renew_for_ever, daemon=True, name="lease"))
        _thread[1].start()
    try:
        yield
    finally:
        _run = None


def _renew_for_ever() -> None:
    pause = threading.Event()
    while True:
        pause.wait(conf.RENEW_SECONDS)
        run = _run
        if run is None:
            continue
        try:
            renew(run)
        except Exception as fault:  # the database may be away: the next round tries again
            log.warning("The lease of job %s was not renewed: %s", run.job.pk, fault)
            connections.close_all()


def renew(run: Run) -> bool:
    """Renew the lease, unless the open step is older than its kind allows: then it hangs and others may take it."""
    open_for = time.monotonic() - run.committed_at
    limit = KINDS[run.job.kind].step_limit or conf.STEP_LIMIT_SECONDS
    if open_for > limit + conf.LEASE_SECONDS:
        log.error("Job %s hangs: nothing committed for %d s. This process ends.", run.job.pk, open_for)
        os.kill(os.getpid(), signal.SIGKILL)
    if open_for > limit:
        return False
    return update_if(run.job.pk, {"claims": run.job.claims, "state": State.RUNNING}, lease_until=lease_end())
