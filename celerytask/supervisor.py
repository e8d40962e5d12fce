"""Starts the desk's processes in order, keeps them alive, and leaves none behind. Knows nothing of Django.

Every program runs in its own session, so that Ctrl-C reaches this process alone and each stops in its turn.
One thread, on purpose: between fork and exec nothing else can hold a lock.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

from task.kit.processes import die_with_parent

FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0  # seconds from a death to the next start
SETTLED = 30.0  # seconds of life after which a death counts as the first one again
PATIENCE = 15.0  # seconds after which a start that hangs says what it waits for
LONGEST_LINE = 16_384  # bytes: a line without an end must not fill the memory


@dataclass(frozen=True)
class Program:
    name: str
    command: Sequence[str]
    grace: float = 5.0
    """Seconds from TERM to KILL."""
    missing: Callable[[], str | None] = lambda: None
    """What is still missing before the next program may start; None when nothing is."""


class Child:
    """One program: its process, the pipe of its words, and when to start it again."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.start_at: float | None = None
        self.delay = FIRST_DELAY
        self.words = b""

    def start(self) -> int:
        """Starts the process and returns the descriptor that its output comes from."""
        parent = os.getpid()

        def prepare() -> None:
            die_with_parent()
            if os.getppid() != parent:  # it died between fork and prctl
                os._exit(1)

        self.process = subprocess.Popen(  # noqa: S603 -- our own commands, no shell
            self.program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=prepare,
        )
        self.started, self.start_at = time.monotonic(), None
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        return self.process.stdout.fileno()

    def signal_group(self, sign: signal.Signals) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):  # macOS says EPERM for a group of zombies
                os.killpg(self.process.pid, sign)

    def lines(self, data: bytes) -> list[bytes]:
        """The whole lines so far; with no data (the end) also what is left."""
        *whole, self.words = (self.words + data).split(b"\n")
        if self.words and (not data or len(self.words) > LONGEST_LINE):
            whole.append(self.words)
            self.words = b""
        return whole


class Supervisor:
    def __init__(self, programs: Sequence[Program], shown: Callable[[str, bytes], bytes | None] | None = None) -> None:
        """`shown(name, line)`: what the terminal shows of a program's line, None for nothing. Without it: all."""
        self.shown = shown or (lambda name, line: line)
        self.children = [Child(program) for program in programs]
        self.selector = selectors.DefaultSelector()
        self.stop_requested = 0  # the signal that asked
        self.hurry = False
        self.stopping = False
        self.width = max(len(program.name) for program in programs)

    def run(self, ready: str) -> None:
        """Until Ctrl-C, TERM or HUP; says `ready` when all are. A second Ctrl-C kills at once."""
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        self.selector.register(wake_read, selectors.EVENT_READ)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to wake the loop
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if sign != signal.SIGHUP or signal.getsignal(sign) is not signal.SIG_IGN:  # under nohup it stays ignored
                signal.signal(sign, self.request_stop)
        try:
            for child in self.children:
                if self.stop_requested:
                    break
                self.start(child)
                self.wait_for(child)
            if not self.stop_requested:
                self.say(ready)
            while not self.stop_requested:
                self.turn(60.0)
        finally:
            self.stop_all()

    def request_stop(self, sign: int, frame: FrameType | None) -> None:
        self.hurry = self.hurry or (sign == signal.SIGINT and self.stop_requested == signal.SIGINT)
        self.stop_requested = sign

    def say(self, line: str | bytes, name: str = "up") -> None:
        """One line to the terminal. A terminal that was closed must not keep anybody from stopping."""
        text = line.encode() if isinstance(line, str) else line.rstrip(b"\r")
        try:
            sys.stdout.buffer.write(f"{name:<{self.width}} | ".encode() + text + b"\n")
            sys.stdout.buffer.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())  # also for what Python flushes at its end
            os.close(nowhere)

    def start(self, child: Child) -> None:
        self.selector.register(child.start(), selectors.EVENT_READ, child)

    def wait_for(self, child: Child) -> None:
        """Returns when the program is ready, which may take a restart or two."""
        began, announced = time.monotonic(), False
        while not self.stop_requested and (missing := child.program.missing()):
            self.turn(0.05)
            if not announced and time.monotonic() > began + PATIENCE:
                announced = True
                self.say(f"Still waiting for {missing}. The lines above may say why.")

    def turn(self, longest: float) -> None:
        """Copies what the children said, takes note of the dead, and starts again whose time has come."""
        times = [child.start_at for child in self.children if child.start_at is not None]
        timeout = min([longest, *(at - time.monotonic() for at in times)])
        for key, _ in self.selector.select(max(timeout, 0.0)):
            if key.data is None:
                os.read(key.fd, 4096)
            else:
                self.copy(key.data, key.fd)
        if self.stopping:
            return
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self.reap(child)
            if child.start_at is not None and time.monotonic() >= child.start_at:
                self.start(child)

    def copy(self, child: Child, descriptor: int) -> bool:
        """Copies one piece of output; False when there is none now."""
        try:
            data = os.read(descriptor, 65_536)
        except BlockingIOError:
            return False
        for line in child.lines(data):
            if (shown := self.shown(child.program.name, line)) is not None:
                self.say(shown, child.program.name)
        if not data:
            self.selector.unregister(descriptor)
        return bool(data)

    def reap(self, child: Child) -> None:
        """Ends what is left of a dead program's group and plans its next start."""
        assert child.process is not None
        code = child.process.returncode
        child.signal_group(signal.SIGKILL)
        self.close(child)
        if time.monotonic() - child.started > SETTLED:
            child.delay = FIRST_DELAY
        explanation = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        self.say(f"{child.program.name} {explanation}; it starts again in {child.delay:g} s.")
        child.start_at = time.monotonic() + child.delay
        child.delay = min(child.delay * 2, LONGEST_DELAY)

    def close(self, child: Child) -> None:
        """Says the last words of a process that has ended."""
        if child.process is None or child.process.stdout is None:
            return
        descriptor = child.process.stdout.fileno()
        if descriptor in self.selector.get_map():
            while self.copy(child, descriptor):
                pass
        if descriptor in self.selector.get_map():
            self.selector.unregister(descriptor)
        child.process.stdout.close()
        child.process = None

    def stop_all(self) -> None:
        """In reverse order: TERM to the main process alone, so that it can end its own; then what is left."""
        self.stopping = True
        running = [child for child in reversed(self.children) if child.process is not None]
        if running:
            self.say("Stopping. Waiting jobs are kept and continue at the next start.")
        for child in running:
            assert child.process is not None
            deadline = time.monotonic() + child.program.grace
            child.process.terminate()
            while child.process.poll() is None and time.monotonic() < deadline and not self.hurry:
                self.turn(min(0.5, max(deadline - time.monotonic(), 0.0)))
            child.signal_group(signal.SIGKILL)
            child.process.wait()
            self.close(child)
