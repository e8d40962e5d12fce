"""A type checker knows a job's arguments: `@job` keeps the function's signature."""

import os
import subprocess
import sys
from pathlib import Path

from tests.processes import ROOT

CODE = """
from typing import assert_type

from task.jobs import Run, job
from task.jobs.engine.declare import JobTask
from task.jobs.models import Job


@job("typed.count", title="Count {days} days")
def count(run: Run, days: int, *, slowly: bool = False) -> str:
    for part in run.batches(range(days), size=10):
        with run.step() as tally:
            tally["counted"] += len(part)
    return "{counted} days."


assert_type(count.delay(days=3), Job)
assert_type(count.delay(3, slowly=True), Job)
assert_type(count.apply_async(kwargs={"days": 3}, countdown=5), Job)
count.delay(days="3")  # error: [arg-type]
count.delay(day=3)  # error: [call-arg]
count.delay()  # error: [call-arg]
count.delay(3, True)  # error: [call-arg]
count.apply_async(countdown="5")  # error: [arg-type]


@job("typed.odd", title="Odd")  # error: [arg-type]
def odd(run: Run) -> int:
    return 5


@job("typed.bare", title="Bare")  # error: [arg-type]
def bare() -> str:
    return "It has no run."


@count.ended
def after(row: Job) -> None: ...


@count.ended  # error: [arg-type]
def after_wrongly(row: str) -> None: ...
"""


def test_a_wrong_argument_is_an_error_and_a_right_one_is_none(tmp_path: Path) -> None:
    file = tmp_path / "typed.py"
    file.write_text(CODE)
    # No cache: two checkers that write one at the same time both stumble.
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--no-error-summary", "--cache-dir", os.devnull]
    command = [sys.executable, "-m", "mypy", *options, "--no-pretty", "--hide-error-context", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    own = [line for line in done.stdout.splitlines() if line.startswith(str(file)) and ": error: " in line]
    found = [line.removeprefix(str(file)).split(":")[1] + line.rpartition("  ")[2] for line in own]
    lines = enumerate(CODE.splitlines(), 1)
    assert found == [f"{number}{line.partition('# error: ')[2]}" for number, line in lines if "# error: " in line]
    assert not done.stderr
