"""The supervisor alone, over small programs that behave badly."""

import os
import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import DEADLINE, ROOT, wait_until

STUBBORN = (
    "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('pid', os.getpid(), flush=True); time.sleep(60)"
)
PARENT = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]); time.sleep(60)"


class Run:
    """A process that supervises the programs given as Python text: name=(code, grace)."""

    def __init__(self, log: Path, **programs: tuple[str, float]) -> None:
        self.log = log
        listed = "".join(
            f"Program({n!r}, [sys.executable, '-uc', {c!r}], grace={g}),\n" for n, (c, g) in programs.items()
        )
        code = (
            f"import sys\nfrom celerytask.supervisor import Program, Supervisor\nSupervisor([{listed}]).run('All run.')"
        )
        with log.open("wb") as words:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code], cwd=ROOT, stdout=words, stderr=subprocess.STDOUT, start_new_session=True
            )

    def words(self) -> str:
        return self.log.read_text()

    def says(self, words: str, seconds: float = DEADLINE) -> None:
        wait_until(lambda: words in self.words(), seconds)

    def numbers(self, name: str) -> list[int]:
        return [int(number) for number in re.findall(rf"^{name} +\| pid (\d+)$", self.words(), re.MULTILINE)]

    def stop(self, *signals: signal.Signals) -> int:
        for sign in signals:
            self.process.send_signal(sign)
        return self.process.wait(20)


Supervise = Callable[..., Run]


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[list[Run]]:
    started: list[Run] = []
    yield started
    for run in started:
        run.process.kill()
        run.process.wait()


@pytest.fixture
def supervise(runs: list[Run], tmp_path: Path) -> Supervise:
    def start(**programs: tuple[str, float]) -> Run:
        runs.append(Run(tmp_path / f"{len(runs)}.log", **programs))
        return runs[-1]

    return start


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat")
    return (
        state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z"
    )  # dead, and nobody asked for it yet


def polite(name: str) -> str:
    return textwrap.dedent(f"""
        import os, signal, sys, time
        def end(*_):
            print('{name} ends', flush=True); sys.exit()
        signal.signal(signal.SIGTERM, end)
        print('pid', os.getpid(), flush=True)
        time.sleep(60)
    """)


def test_stops_in_reverse_order(supervise: Supervise) -> None:
    run = supervise(one=(polite("first"), 5), two=(polite("second"), 5), three=(polite("third"), 5))
    wait_until(lambda: all(run.numbers(name) for name in ("one", "two", "three")))
    assert run.stop(signal.SIGTERM) == 0
    assert re.findall(r"\w+ ends", run.words()) == ["third ends", "second ends", "first ends"]


def test_what_ignores_term_is_killed_after_its_grace_with_its_own_children(supervise: Supervise) -> None:
    deaf = STUBBORN.replace("time.sleep(60)", "")
    run = supervise(deaf=(f"{deaf}\n{PARENT}", 0.5))
    pids = wait_until(lambda: len(run.numbers("deaf")) == 2 and run.numbers("deaf"))
    assert run.stop(signal.SIGTERM) == 0
    wait_until(lambda: all(is_gone(pid) for pid in pids), 20)


def test_a_second_ctrl_c_does_not_wait(supervise: Supervise) -> None:
    run = supervise(deaf=(STUBBORN, 30))
    run.says("deaf | pid")
    run.process.send_signal(signal.SIGINT)
    run.says("Stopping.")
    assert run.stop(signal.SIGINT) == 0


def test_a_program_that_keeps_dying_is_started_ever_later(supervise: Supervise) -> None:
    run = supervise(well=(polite("well"), 5), ill=("raise SystemExit(3)", 5))
    run.says("again in 2 s.")
    run.stop(signal.SIGTERM)
    assert re.findall(r"ill ended with code 3; it starts again in ([\d.]+) s\.", run.words()) == ["0.5", "1", "2"]
    assert len(run.numbers("well")) == 1


def test_the_children_of_a_dead_program_die_before_it_starts_again(supervise: Supervise) -> None:
    run = supervise(parent=(f"import os; print('pid', os.getpid(), flush=True)\n{PARENT}", 5))
    parent, child = wait_until(lambda: len(run.numbers("parent")) == 2 and run.numbers("parent"))
    os.kill(parent, signal.SIGKILL)
    run.says("it starts again in 0.5 s.")
    wait_until(lambda: is_gone(child), 0.5)


def test_every_line_has_its_programs_name_and_none_is_lost(supervise: Supervise) -> None:
    talk = "print('\\n'.join(f'line {n}' for n in range(5000)), flush=True); print('without end', end='', flush=True); "
    run = supervise(talker=(talk + "raise SystemExit(0)", 5), b=(polite("b"), 5))
    run.says("talker | without end\n")
    run.stop(signal.SIGTERM)
    assert run.words().count("talker | line ") >= 5000
    assert "talker | line 4999\n" in run.words()


def test_nohup_outlives_its_terminal_but_not_a_ctrl_c_in_the_background(supervise: Supervise) -> None:
    ignored = signal.signal(signal.SIGHUP, signal.SIG_IGN), signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        run = supervise(well=(polite("well"), 5))
    finally:
        signal.signal(signal.SIGHUP, ignored[0])
        signal.signal(signal.SIGINT, ignored[1])
    wait_until(lambda: run.numbers("well"))
    run.process.send_signal(signal.SIGHUP)
    os.kill(run.numbers("well")[0], signal.SIGKILL)
    wait_until(lambda: len(run.numbers("well")) == 2)  # still at work
    assert run.stop(signal.SIGINT) == 0


def test_a_reader_that_goes_away_stops_nobody_from_stopping(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom celerytask.supervisor import Program, Supervisor\n"
        "talk = 'while True: print(\"words\" * 100, flush=True)'\n"
        "Supervisor([Program('talker', [sys.executable, '-uc', talk])]).run('All run.')"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.terminate()
    assert process.wait(20) == 0
