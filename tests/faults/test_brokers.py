"""The same code on the brokers of a larger house: Redis and RabbitMQ."""

import pytest
from celery import current_app

from task.jobs.engine import broker
from task.jobs.models import Job
from tests.faults.conftest import database_url
from tests.processes import Worker, running, wait_until
from tests.services_needed import amqp_url, redis_url
from tests.workbench import tasks
from tests.workbench.models import Thing

pytestmark = [pytest.mark.broker, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("address", [redis_url, amqp_url], ids=["redis", "rabbitmq"])
def test_a_big_job_and_small_ones_go_through(address, monkeypatch):
    url = address()
    monkeypatch.setattr(current_app.conf, "broker_url", url)
    monkeypatch.setattr(current_app.conf, "broker_write_url", url)
    broker._connection.cache_clear()
    worker = Worker(url, database_url(), processes=2)
    with running(worker):
        jobs = [tasks.make_things.delay(total=5000, size=100), *(tasks.do_nothing.delay() for _ in range(20))]
        assert {job.notified for job in jobs} == {True}
        pks = [job.pk for job in jobs]
        wait_until(lambda: Job.objects.filter(pk__in=pks, state="succeeded").count() == 21, what=worker.said)
    broker._connection.cache_clear()
    assert Thing.objects.count() == 5000
