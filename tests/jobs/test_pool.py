"""A worker with a pool that jobs can't count on does not start, and says so in one sentence."""

import os
import subprocess
import sys

import pytest
from celery import Celery
from celery.concurrency import get_implementation

from task.jobs.engine.celery import refuse_other_pools
from tests.faults.conftest import database_url
from tests.processes import ROOT


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("pool", "name"), [("threads", "thread"), ("solo", "solo")])
def test_a_worker_with_another_pool_is_not_started(pool, name):
    command = [sys.executable, "-m", "celery", "-A", "celerytask", "worker", "--pool", pool]
    env = os.environ | {"TEST_RUN_DATABASE_URL": database_url()}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stderr.endswith(  # behind what PostgreSQL's role lacks
        f"This worker was not started: its pool is “{name}”, and a job needs a process that can be killed without the "
        "others. Start it with --pool prefork.\n"
    )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("pool", ["gevent", "eventlet", "threads", "solo", "nobody.knows:Pool"])
def test_nor_where_the_settings_name_one(pool):
    with pytest.raises(SystemExit, match=f"its pool is “{pool}”"):
        refuse_other_pools(Celery(set_as_current=False, worker_pool=pool).conf, {})


def test_processes_that_are_spawned_would_not_hear_of_a_stop():
    conf = Celery(set_as_current=False).conf
    with pytest.raises(SystemExit, match="worker_pool_start_method"):
        refuse_other_pools(conf, {"pool_cls": "prefork", "pool_start_method": "spawn"})


@pytest.mark.parametrize("options", [{}, {"pool": "prefork"}, {"pool_cls": get_implementation("processes")}])
def test_forked_processes_are_taken(options):
    refuse_other_pools(Celery(set_as_current=False).conf, options)
