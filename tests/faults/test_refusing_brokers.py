"""A broker that answers with an error, sends its consumers away, or has queues of another type ends no worker."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from celery import current_app
from redis import Redis

from task.jobs.engine import broker as publisher
from task.jobs.models import Job
from tests.faults.conftest import database_url, ended
from tests.processes import Broker, Worker, running, wait_until
from tests.services_needed import amqp_url, quorum_url
from tests.workbench import tasks
from tests.workbench.models import Thing

pytestmark = [pytest.mark.broker, pytest.mark.own_broker, pytest.mark.django_db(transaction=True)]


def test_a_failover_of_redis_only_makes_a_worker_connect_again(broker: Broker, start_worker: Any) -> None:
    worker = start_worker()
    ended(tasks.do_nothing.delay(), worker)
    with Redis(unix_socket_path=str(broker.socket)) as redis:

        def unblock() -> bool:
            for client in redis.client_list():
                if client["cmd"] == "brpop":
                    redis.client_unblock(client["id"], error=True)  # as of a primary that becomes a replica
            return "Trying to re-establish" in worker.said()

        wait_until(unblock, what=worker.said)
        assert ended(tasks.do_nothing.delay(), worker).state == "succeeded"
        redis.execute_command("REPLICAOF", "127.0.0.1", "9")  # -READONLY to whoever writes
        late = tasks.do_nothing.delay()
        assert late.notified is False
        redis.execute_command("REPLICAOF", "NO", "ONE")
        assert ended(late, worker).state == "succeeded"
    assert worker.child.poll() is None


def test_a_full_redis_takes_no_notification_and_the_form_answers_all_the_same(broker: Broker) -> None:
    with Redis(unix_socket_path=str(broker.socket)) as redis:
        redis.config_set("maxmemory", 1)
        assert tasks.do_nothing.delay().notified is False
        redis.config_set("maxmemory", 0)
    assert tasks.do_nothing.delay().notified is True


@contextmanager
def at(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A worker at that broker, which this process publishes to."""
    monkeypatch.setattr(current_app.conf, "broker_url", url)
    monkeypatch.setattr(current_app.conf, "broker_write_url", url)
    publisher._connection.cache_clear()
    worker = Worker(url, database_url())
    with running(worker):
        yield worker
    publisher._connection.cache_clear()


def test_quorum_queues_are_consumed(monkeypatch: pytest.MonkeyPatch) -> None:
    with at(quorum_url(), monkeypatch) as worker:
        jobs = [tasks.make_things.delay(total=500, size=100), *(tasks.do_nothing.delay() for _ in range(10))]
        assert {job.notified for job in jobs} == {True}
        pks = [job.pk for job in jobs]
        wait_until(lambda: Job.objects.filter(pk__in=pks, state="succeeded").count() == 11, what=worker.said)
        assert "Trying to re-establish" not in worker.said()
    assert Thing.objects.count() == 500


def test_a_consumer_that_rabbitmq_sends_away_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with at(amqp_url(), monkeypatch) as worker:
        ended(tasks.do_nothing.delay(), worker)
        with publisher.publish(current_app) as producer:
            producer.channel.queue_delete("celery")
        wait_until(lambda: "Trying to re-establish" in worker.said(), what=worker.said)
        assert ended(tasks.do_nothing.delay(), worker).state == "succeeded"
        assert worker.child.poll() is None


def test_a_wrong_password_is_a_sentence_and_the_right_one_is_taken_without_a_restart(
    broker: Broker, start_worker: Any
) -> None:
    with Redis(unix_socket_path=str(broker.socket)) as redis:
        redis.config_set("requirepass", "another")
        worker = start_worker()
        wait_until(lambda: "Cannot connect to redis+socket" in worker.said(), what=worker.said)
        assert tasks.do_nothing.delay().notified is False
        redis.execute_command("AUTH", "another")
        redis.config_set("requirepass", "")
        assert ended(tasks.do_nothing.delay(), worker).state == "succeeded"
        assert "Traceback" not in worker.said()


def test_rabbitmq_that_lets_nobody_in_is_asked_with_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = re.sub("//[^@]*@", "//guest:wrong-one@", amqp_url())
    with at(wrong, monkeypatch) as worker:
        wait_until(lambda: worker.said().count("lets no worker in") == 2, what=worker.said)
        assert tasks.do_nothing.delay().notified is False
        worker.stop()
        said = worker.said()
        assert "wrong-one" not in said
        assert "Traceback" not in said
        assert said.count("ACCESS_REFUSED") == said.count("Check CELERY_BROKER_URL. Next try in") <= 3
