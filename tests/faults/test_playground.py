"""The playground's plain tasks through real workers and a real broker, and what becomes of them when one dies."""

import os
import signal
import time

import pytest
from celery import current_app
from celery.result import AsyncResult
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django_celery_results.models import ChordCounter, TaskResult

from task.jobs.engine import broker
from task.jobs.models import Job
from task.playground.canvases import CANVASES
from task.playground.models import PlaygroundRun
from task.playground.start import start
from task.playground.statuses import state_of, statuses_of
from tests.faults.conftest import database_url
from tests.processes import Worker, running, wait_until
from tests.services_needed import amqp_url, redis_url

pytestmark = [pytest.mark.broker, pytest.mark.own_broker]
TRIES = 50


def begin(owner, canvas, *numbers):
    run, sent = start(owner, CANVASES[canvas], list(numbers))
    assert sent.taken == sent.of
    return run


def page_of(client, run):
    return client.get(run.get_absolute_url()).context


def over(client, run, worker):
    """The run's page, once nothing of it is on its way any more."""
    return wait_until(
        lambda: (context := page_of(client, run)) and not context["live_url"] and context, what=worker.said
    )


def states_of(context):
    return [[look.state for _, look in stage] for stage in context["stages"]]


@pytest.fixture
def client(alice):
    client = Client()
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("processes", [1, 2])
def test_each_canvas_runs_to_its_end(start_worker, alice, client, processes):
    worker = start_worker(processes=processes)
    chain = over(client, begin(alice, "chain", 2, 3), worker)
    assert (states_of(chain), chain["result"]) == ([["done"], ["done"], ["done"]], "50")
    group = over(client, begin(alice, "group", *range(1, 11)), worker)
    assert (states_of(group), group["result"]) == ([["done"] * 10], "1, 4, 9, 16, 25, 36, 49, 64, 81, 100")
    assert group["run"].result is None
    chord = over(client, begin(alice, "chord", 1, 2, 4, 5), worker)
    assert (states_of(chord), chord["result"]) == ([["done"] * 4, ["done"], ["done"]], "195")
    alone = over(client, begin(alice, "chord", 8), worker)
    assert (states_of(alone), alone["result"]) == ([["done"], ["done"], ["done"]], "12.5")
    failure = over(client, begin(alice, "fail", 7), worker)
    assert (states_of(failure), failure["result"]) == ([["failed"], ["never ran"]], "")
    assert failure["stages"][0][0][1].sentence == "ZeroDivisionError: division by zero."
    assert not ChordCounter.objects.exists()
    wait_until(lambda: not PlaygroundRun.objects.filter(outcome="").exists(), what=worker.said)
    for run in PlaygroundRun.objects.all():  # what the page showed is Celery's own word, by id
        for node in run.nodes:
            state = AsyncResult(node["id"]).state
            assert state == {"done": "SUCCESS"}.get(node["seen"]["state"], "FAILURE")


def test_a_member_that_fails_fails_the_chord_and_the_page_says_so(start_worker, alice, client):
    worker = start_worker(processes=2)
    context = over(client, begin(alice, "chord", 1, 0, 2), worker)
    assert states_of(context) == [["done", "failed", "done"], ["never ran"], ["never ran"]]
    assert context["stages"][2][0][1].sentence.startswith("ChordError: ZeroDivisionError('division by zero').")
    assert context["state"] == "failed"


def test_a_run_that_nobody_looks_at_is_kept_too(start_worker, alice):
    worker = start_worker(processes=2)
    made = [begin(alice, *each) for each in (("group", 1, 2, 3, 4), ("chord", 1, 0), ("retry", 7), ("fail", 7))]
    wait_until(lambda: not PlaygroundRun.objects.filter(outcome="").exists(), what=worker.said)
    outcomes = [PlaygroundRun.objects.get(pk=run.pk).outcome for run in made]
    assert outcomes == ["done", "failed", "done", "failed"]


def test_a_retry_is_seen_and_succeeds_at_the_third_try(start_worker, alice, client):
    worker = start_worker()
    run = begin(alice, "retry", 7)
    tried = wait_until(
        lambda: (found := page_of(client, run)) and found["state"] == "trying again" and found, what=worker.said
    )
    assert tried["stages"][0][0][1].sentence == "The next try is in a second."
    assert over(client, run, worker)["result"] == "7"
    told = [f"{each.number}: {each.sentence}" for each in page_of(client, run)["run"].nodes[0]["tries"]]
    assert told == ["1: ConnectionError: Nobody answered.", "2: ConnectionError: Nobody answered."]
    assert worker.said().count("Traceback") == 0


def test_progress_is_seen_while_it_runs(start_worker, alice, client):
    worker = start_worker()
    run = begin(alice, "progress", 10)
    seen = set()

    def ended():
        context = page_of(client, run)
        look = context["stages"][0][0][1]
        seen.add((look.done, look.of))
        return not context["live_url"]

    wait_until(ended, what=worker.said)
    assert len(seen & {(step, 10) for step in range(10)}) >= 5, seen
    assert page_of(client, run)["result"] == "10"


def test_a_chord_of_ten_fifty_times_in_a_row(start_worker, alice, client):
    worker = start_worker(processes=2)
    runs = [begin_unlimited(alice, "chord", *range(1, 11)) for _ in range(TRIES)]
    wait_until(
        lambda: PlaygroundRun.objects.filter(result__isnull=False).count() == TRIES, seconds=180, what=worker.said
    )
    assert {run.result for run in PlaygroundRun.objects.filter(pk__in=[run.pk for run in runs])} == {
        sum(100 / n for n in range(1, 11))
    }
    assert not ChordCounter.objects.exists()
    wait_until(lambda: not TaskResult.objects.exclude(status="SUCCESS").exists(), what=worker.said)
    assert TaskResult.objects.count() == TRIES * 12
    assert "locked" not in worker.said()


def begin_unlimited(owner, canvas, *numbers):
    """As `start`, without the limit of open runs."""
    from task.playground.graph import freeze
    from task.playground.start import publish

    run = PlaygroundRun(owner=owner, canvas=canvas, inputs=list(numbers))
    work = CANVASES[canvas].build(str(run.pk), *numbers)
    run.graph = freeze(work)
    run.save(force_insert=True)
    publish(run, work)
    return run


@pytest.mark.parametrize("address", [redis_url, amqp_url], ids=["redis", "rabbitmq"])
def test_the_same_on_the_brokers_of_a_larger_house(address, transactional_db, monkeypatch):
    url = address()
    monkeypatch.setattr(current_app.conf, "broker_url", url)
    monkeypatch.setattr(current_app.conf, "broker_write_url", url)
    broker._connection.cache_clear()
    owner = get_user_model().objects.create_user("alice", "alice@example.org", "a good password")
    worker = Worker(url, database_url(), processes=2)
    with running(worker):
        wanted = {begin(owner, "chain", 2, 3): 50, begin(owner, "chord", 1, 2, 4, 5): 195, begin(owner, "retry", 7): 7}
        stored = PlaygroundRun.objects.filter(result__isnull=False)
        wait_until(lambda: stored.count() == len(wanted), what=worker.said)
    broker._connection.cache_clear()
    assert dict(stored.values_list("pk", "result")) == {run.pk: result for run, result in wanted.items()}


def test_a_message_that_comes_twice_stores_one_result(start_worker, alice, client):
    worker = start_worker(processes=2)
    run = begin(alice, "chain", 2, 3)
    assert over(client, run, worker)["result"] == "50"
    from task.playground.tasks import store

    again = store.delay(51, str(run.pk))
    wait_until(lambda: AsyncResult(again.id).ready(), what=worker.said)
    run.refresh_from_db()
    assert run.result == 50


def test_a_database_connection_that_broke_meanwhile_loses_no_task(start_worker, alice, client):
    worker = start_worker()
    assert over(client, begin(alice, "chain", 2, 3), worker)["result"] == "50"
    break_connections()
    assert over(client, begin(alice, "chain", 3, 4), worker)["result"] == "70"


def break_connections():
    """As a database server does that is started again: all connections but this test's. (SQLite has no server.)"""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def test_a_process_that_dies_in_a_plain_task_harms_nobody_else(start_worker, alice, client):
    from task.accounts.tasks import generate_random_users
    from tests.faults.conftest import ended

    worker = start_worker(processes=1)
    run = begin(alice, "progress", 10)
    wait_until(lambda: page_of(client, run)["state"] == "running", what=worker.said)
    pool = worker.pool()
    worker.signal_pool(signal.SIGKILL)
    context = over(client, run, worker)
    assert states_of(context) == [["failed"], ["never ran"]]
    assert context["stages"][0][0][1].sentence.startswith("The process that ran it died.")
    wait_until(lambda: PlaygroundRun.objects.get(pk=run.pk).outcome == "failed", what=worker.said)
    job = generate_random_users.apply_async(kwargs={"total": 50}, owner=alice)
    assert ended(job, worker).state == "succeeded"
    assert over(client, begin(alice, "chain", 2, 3), worker)["result"] == "50"
    assert not set(pool) & set(worker.pool())
    assert not Job.objects.exclude(pk=job.pk).exists()
    assert "Maintenance failed" not in worker.said()
    os.kill(worker.pid, 0)


def test_without_a_broker_nothing_starts_and_the_page_says_so_at_once(broker, alice, client):
    broker.kill()
    check_nothing_starts(client)


def test_with_a_broker_that_hangs_the_page_answers_soon(broker, alice, client):
    broker.signal(signal.SIGSTOP)
    try:
        check_nothing_starts(client)
    finally:
        broker.signal(signal.SIGCONT)


def test_what_a_broker_had_in_its_ear_while_it_hung_may_run_and_the_page_then_says_so(
    broker, start_worker, alice, client
):
    first = begin(alice, "chain", 2, 3)  # from now on this process has a connection
    broker.signal(signal.SIGSTOP)
    try:
        answer = client.post("/playground/", {"canvas": "chain", "numbers": "3, 4"}, follow=True)
        assert answer.context["state"] == "never started"
    finally:
        broker.signal(signal.SIGCONT)
    worker = start_worker()
    assert over(client, first, worker)["result"] == "50"
    second = PlaygroundRun.objects.exclude(pk=first.pk).get()
    wait_until(lambda: page_of(client, second)["result"] == "70", what=worker.said)
    wait_until(lambda: page_of(client, second)["state"] == "done", what=worker.said)
    assert [row["state"] for row in client.get("/playground/").context["rows"]] == ["done", "done"]


def check_nothing_starts(client):
    for canvas in CANVASES.values():
        began = time.monotonic()
        answer = client.post("/playground/", {"canvas": canvas.name, "numbers": canvas.example}, follow=True)
        assert time.monotonic() - began < 5  # 0.5 s on a quiet machine; by Celery's defaults more than 25
        said = [str(message) for message in answer.context["messages"]]
        assert said == ["The queue can't be reached, so nothing was started. Try again in a moment."]
        assert answer.context["state"] == "never started"
        assert answer.context["live_url"] == ""
        assert "Start again" in answer.content.decode()
    assert not ChordCounter.objects.exists()
    assert not TaskResult.objects.exists()


def test_a_broker_that_lost_the_message_is_told_honestly(broker, start_worker, alice, client):
    from datetime import timedelta

    from redis import Redis

    run = begin(alice, "chain", 2, 3)
    with Redis(unix_socket_path=str(broker.socket)) as line:
        line.flushall()
    start_worker()
    assert states_of(page_of(client, run)) == [["waiting"], ["waiting"], ["waiting"]]
    now = run.__class__.objects.get(pk=run.pk).created + timedelta(seconds=70)
    run.refresh_from_db()
    stages = statuses_of(run, now)
    assert state_of(stages) == "no sign"
    assert "If the broker lost the message, nobody will know" in stages[0][0].sentence
