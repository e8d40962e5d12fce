"""A whole desk under load and a short plan of faults: `make faults` runs longer ones."""

import os
import subprocess
import sys

import pytest

from tests.processes import ROOT
from tests.services_needed import postgres_url, quorum_url

pytestmark = pytest.mark.broker


def storm(*arguments: str, **environment: str) -> str:
    return run("tests.storm", "--faults", "6", "--seconds", "9", *arguments, **environment)


def run(module: str, *arguments: str, **environment: str) -> str:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_nothing_is_lost_or_doubled_on_what_a_local_desk_embeds() -> None:
    assert "| sqlite, Valkey | " in storm("--seed", "4")


def test_nothing_is_lost_or_doubled_on_postgresql_and_rabbitmq() -> None:
    told = storm("--seed", "5", "--services", TEST_DATABASE_URL=postgres_url(), TEST_QUORUM_URL=quorum_url())
    assert "| postgresql, RabbitMQ | " in told


def test_a_host_that_is_cut_off_loses_its_jobs_to_another_and_commits_nothing_when_it_comes_back() -> None:
    services = {"TEST_DATABASE_URL": postgres_url(), "TEST_QUORUM_URL": quorum_url()}
    told = run("tests.storm.hosts", "--jobs", "6", "--users", "8000", **services)
    assert "48,000 users" in told
