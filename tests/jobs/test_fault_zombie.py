"""A process that has ended is dead, whether somebody has asked how it ended or not."""

import os
import signal
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from task.jobs.engine import maintenance
from task.jobs.engine.clock import Now
from task.jobs.models import Job, State
from tests.processes import wait_until
from tests.workbench import tasks

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells a process's state in /proc."),
]


def running_on(pid: int, renewed: float = 0) -> Job:
    """A job at work in that process, which renewed its lease so many seconds ago."""
    job = tasks.do_nothing.delay()
    lease = Now() + timedelta(seconds=30 - renewed)
    runner = f"{socket.gethostname()}:{pid}"
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, claims=1, runner=runner, lease_until=lease)
    return job


def goes_on_at_once(settings, job: Job) -> bool:
    """Whether the first pass of a worker that starts on this host takes the job back."""
    settings.LOCAL = True
    maintenance.Maintenance("here:1").one_pass()
    return Job.objects.get(pk=job.pk).state == State.QUEUED


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.fixture
def child():
    """A process of ours that lives until it is told otherwise, and that nobody reaps before."""
    child = subprocess.Popen(["sleep", "600"])
    yield child
    child.kill()
    child.wait()


def test_the_job_of_a_zombie_does_not_wait_for_its_lease(settings, child):
    job = running_on(child.pid)
    os.kill(child.pid, signal.SIGKILL)
    wait_until(lambda: state_of(child.pid) == "Z")
    assert goes_on_at_once(settings, job)


def test_the_job_of_one_that_lives_is_left_to_it(settings, child):
    assert not goes_on_at_once(settings, running_on(child.pid))


def test_the_job_of_one_that_is_stopped_is_left_to_its_lease(settings, child):
    job = running_on(child.pid)
    os.kill(child.pid, signal.SIGSTOP)
    wait_until(lambda: state_of(child.pid) == "T")
    assert not goes_on_at_once(settings, job)


def test_a_number_that_another_process_has_now_is_no_life(settings, child):
    """The lease was renewed 25 s ago, and this process is younger: it is not the one that did."""
    assert goes_on_at_once(settings, running_on(child.pid, renewed=25))


def test_a_name_with_a_bracket_hides_nothing(settings, tmp_path):
    program = tmp_path / ") Z 1 (x"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([str(program), "600"]) as odd:
        try:
            wait_until(lambda: b"Z 1" in Path(f"/proc/{odd.pid}/comm").read_bytes())
            assert not goes_on_at_once(settings, running_on(odd.pid))
        finally:
            odd.kill()
