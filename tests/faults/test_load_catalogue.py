"""A dump through real workers, one of which is killed in the middle: each edition is there once."""

from typing import Any

import pytest

from task.books.sources.catalogue import Catalogue
from task.books.sources.dumps import store
from task.books.sources.dumps.tasks import load_catalogue
from task.jobs.models import Job
from tests.faults.conftest import ended
from tests.faults.test_workers import let_leases_run_out
from tests.processes import wait_until
from tests.services import dumps

pytestmark = pytest.mark.broker
COUNT, FILES = 1_000, 20  # editions of a file, and how often it is loaded: each end of one ends a step


def test_a_worker_killed_while_it_loads_a_dump_loses_and_doubles_nothing(start_worker, alice, settings, tmp_path):
    settings.CATALOGUE_DIR = tmp_path / "catalogue"
    lines = "".join(dumps.editions(COUNT)).encode()
    files = [str(dumps.packed(tmp_path / f"{number}.txt.gz", [lines])) for number in range(FILES)]
    first = start_worker(CATALOGUE_DIR=str(settings.CATALOGUE_DIR))
    job = load_catalogue.apply_async(kwargs={"files": files}, owner=None)
    wait_until(lambda: Job.objects.get(pk=job.pk).done > 0, every=0.01, what=first.said)
    first.kill()
    before = facts_of_new()
    assert 0 < before["editions"] < COUNT * FILES
    assert not store.is_in_place()
    let_leases_run_out()
    second = start_worker(CATALOGUE_DIR=str(settings.CATALOGUE_DIR))
    assert ended(job, second).message == f"{COUNT * FILES:,} editions with an ISBN, 0 works and 0 authors loaded."
    assert places_in_place() == COUNT * FILES
    some = range(0, COUNT, 100)
    found = Catalogue().look_up([dumps.isbn_of(number) for number in some])
    assert [each.title for each in found.values()] == [dumps.title_of(number) for number in some]


def facts_of_new() -> Any:
    loading = store.loading()
    loading.close()
    return loading.facts


def places_in_place() -> int:
    with store.opened() as found:
        assert found is not None
        return int(found.rows("SELECT count(*) FROM [isbn]")[0][0])
