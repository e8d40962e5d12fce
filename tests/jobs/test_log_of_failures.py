"""A job that fails is one line in the worker's log: its id, its kind and its sentence."""

import logging

import pytest

from task.jobs import Fail
from task.jobs.testing import execute_all
from tests.workbench import tasks

pytestmark = pytest.mark.django_db(transaction=True)


def test_fail_is_one_line_with_its_sentence(caplog, monkeypatch):
    monkeypatch.setitem(tasks.broken, "workbench.make", Fail("The disk is full."))
    job = tasks.make_things.delay(total=3)
    with caplog.at_level(logging.INFO, logger="desk"):
        execute_all()
    (line,) = [record for record in caplog.records if str(job.pk) in record.getMessage()]
    assert (line.levelname, line.getMessage()) == (
        "WARNING",
        f"Job {job.pk} (workbench.make) failed: The disk is full.",
    )


def test_one_that_ends_well_is_none(caplog):
    tasks.make_things.delay(total=3)
    with caplog.at_level(logging.WARNING, logger="desk"):
        execute_all()
    assert [record.getMessage() for record in caplog.records if record.name.startswith("desk")] == []
