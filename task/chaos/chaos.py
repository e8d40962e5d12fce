"""Pull the plug: on a local start, staff kill the process that runs a job, and watch the job go on by itself."""

import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings

from task.jobs.models import Job, State, Worker


class NotKilled(Exception):
    """The plug stays in, and why."""


def may_kill(user: Any) -> bool:
    return bool(getattr(settings, "LOCAL", False) and user.is_staff)


def kill_runner(job: Job, person: Any) -> int:
    """Kill the pool process that runs `job` with SIGKILL and return its number. Raises Plugged when it can't be."""
    host, _, number = job.runner.rpartition(":")
    if job.state != State.RUNNING or not number.isdecimal():
        raise NotKilled("No process is working on it, so there is nothing to kill.")
    if host != socket.gethostname():
        raise NotKilled(f"It is running on another machine ({host}). You can kill only processes of this one.")
    pid = int(number)
    parent, command = parent_and_command(pid)
    # The row of the main process is written by that process: this is a pool process of a worker of this very desk.
    if not is_worker_command(command) or not Worker.objects.filter(pk=f"{host}:{parent}").exists():
        raise NotKilled(f"Process {pid} is not, or no longer, a worker of this desk. Nothing was killed.")
    job.note("plug", who=str(person), by=str(person.pk), runner=job.runner)
    same = Job.objects.filter(pk=job.pk, claims=job.claims, runner=job.runner).running()
    if not same.update(history=job.history):
        raise NotKilled("The job had just moved to another process. Nothing was killed.")
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError as fault:  # it ended by itself, or belongs to somebody else
        raise NotKilled(f"Process {pid} could not be killed ({fault.strerror}).") from fault
    return pid


def is_worker_command(command: str) -> bool:
    return "celery" in command and "worker" in command.lower()


def parent_and_command(pid: int) -> tuple[int, str]:
    """The parent's number and the command of a process; (0, "") when there is none."""
    folder = Path(f"/proc/{pid}")
    try:
        if Path("/proc/self/stat").exists():
            # The second field, a name in brackets, may hold anything: the parent is the second one after it.
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            return parent, (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        listing = subprocess.run(  # noqa: S603  a number
            ["/bin/ps", "-ww", "-o", "ppid=,command=", "-p", str(pid)], capture_output=True, text=True, timeout=5
        )
        number, _, command = listing.stdout.strip().partition(" ")
        return int(number), command
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return 0, ""
