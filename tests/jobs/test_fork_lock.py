"""No pool process is forked while maintenance has the database open, and no pass begins during a fork."""

import os
import threading

import pytest
from django.db import connection, connections

from task.jobs.engine import maintenance
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60


class Watched:
    """The lock, and a list of who asked for it."""

    def __init__(self) -> None:
        self.lock, self.asked = threading.Lock(), []

    def acquire(self, timeout=-1):
        self.asked.append(threading.current_thread().name)
        return self.lock.acquire(timeout=timeout)

    def release(self):
        self.lock.release()

    def __enter__(self):
        self.acquire()

    def __exit__(self, *_):
        self.release()


@pytest.fixture
def lock(monkeypatch, settings):
    settings.JOBS_MAINTENANCE_SECONDS = PATIENCE  # so long a fork waits for a pass
    watched = Watched()
    monkeypatch.setattr(maintenance, "_at_rest", watched)
    return watched


class Pass(maintenance.Maintenance):
    """One pass, with the database open until the test lets it go on."""

    def __init__(self) -> None:
        super().__init__("here:1")
        self.name = "pass"
        self.is_open, self.go_on, self.passes = False, threading.Event(), 0

    def run(self):
        self.pass_and_close()

    def one_pass(self):
        connection.ensure_connection()
        self.connection, self.is_open = connections["default"], True  # this thread's
        self.go_on.wait(PATIENCE)
        self.passes += 1
        self.is_open = False


@pytest.fixture
def one_pass():
    thread = Pass()
    yield thread
    thread.go_on.set()
    if thread.ident:
        thread.join(PATIENCE)


def fork(in_child) -> int:
    """What `in_child` returned there."""
    child = os.fork()
    if child == 0:
        try:
            code = in_child()
        except BaseException:
            code = 99
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_fork_waits_until_a_pass_has_closed_the_database(lock, one_pass):
    one_pass.start()
    wait_until(lambda: one_pass.is_open)
    codes = []
    seen = lambda: 1 if one_pass.is_open or one_pass.connection.connection is not None else 0  # noqa: E731
    forking = threading.Thread(target=lambda: codes.append(fork(seen)), name="fork")
    forking.start()
    wait_until(lambda: "fork" in lock.asked, what="a fork that asks")
    assert codes == []
    one_pass.go_on.set()
    forking.join(PATIENCE)
    assert codes == [0]


def test_no_pass_begins_during_a_fork(lock, one_pass):
    maintenance._before_fork()
    one_pass.start()
    wait_until(lambda: "pass" in lock.asked, what="a pass that asks")
    assert (one_pass.is_open, one_pass.passes) == (False, 0)
    maintenance._after_fork()
    one_pass.go_on.set()
    one_pass.join(PATIENCE)
    assert one_pass.passes == 1


def test_behind_a_fork_the_lock_is_free_on_both_sides(lock):
    assert fork(lambda: 0 if lock.lock.acquire(blocking=False) else 1) == 0
    assert lock.lock.acquire(blocking=False)


def test_a_pass_that_hangs_keeps_no_worker_from_a_new_process(lock, settings):
    settings.JOBS_MAINTENANCE_SECONDS = 0.01
    lock.lock.acquire()
    assert fork(lambda: 7) == 7
    assert lock.lock.locked(), "The fork did not get it, and does not give it away."


def test_the_forking_thread_closes_its_own_connection_where_maintenance_runs(lock, monkeypatch, one_pass):
    # Not `connection`: beside a browser's event loop that is another one in the child.
    mine = connections["default"]

    def is_closed():
        return 1 if mine.connection is None else 0

    monkeypatch.setattr(maintenance, "_maintenance", None)
    connection.ensure_connection()
    assert fork(is_closed) == 0, "A process without maintenance is no worker: nothing of its own is closed."
    connection.close()
    connection.ensure_connection()
    monkeypatch.setattr(maintenance, "_maintenance", one_pass)
    assert fork(is_closed) == 1
