"""Jobs through a PgBouncer in transaction mode, which lends each transaction another session."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from celerytask import environment, schema
from task.backups import postgres
from task.jobs import Fail
from task.jobs.models import Job
from tests import servers
from tests.faults.conftest import database_url
from tests.processes import Broker, Worker, running, wait_until
from tests.servers import PgBouncer, temporary
from tests.services_needed import pgbouncer
from tests.workbench import tasks
from tests.workbench.models import Thing

pytestmark = [pytest.mark.broker, pytest.mark.postgres]


@pytest.fixture
def pooler(transactional_db: Any) -> Iterator[PgBouncer]:
    """Two sessions for all who ask."""
    server = connection.settings_dict
    pgbouncer()
    with temporary() as folder:
        pooler = PgBouncer(folder, server["USER"], server["PASSWORD"], int(server["PORT"]), sessions=2)
        with servers.running(pooler):
            yield pooler


def url_of(pooler: PgBouncer) -> str:
    direct = connection.settings_dict
    return database_url().replace(f"@{direct['HOST']}:{direct['PORT']}/", f"@127.0.0.1:{pooler.port}/")


def test_jobs_go_through_and_on_after_its_restart(pooler: PgBouncer, broker: Broker, tmp_path: Path) -> None:
    worker, gate = Worker(broker.url, url_of(pooler), processes=3), tmp_path / "gate"
    with running(worker):
        jobs = [tasks.make_things.delay(total=2000, size=100), *(tasks.do_nothing.delay() for _ in range(20))]
        jobs.append(tasks.make_behind_gate.delay(total=20, gate=str(gate)))
        wait_until(gate.with_suffix(".reached.1").exists, what=worker.said)
        pooler.kill()
        pooler.start()
        gate.touch()
        pks = [job.pk for job in jobs]
        wait_until(lambda: Job.objects.filter(pk__in=pks, state="succeeded").count() == 22, what=worker.said)
    assert Thing.objects.count() == 2020
    assert settings.DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"]


def test_backups_want_postgresql_itself(pooler: PgBouncer, monkeypatch: pytest.MonkeyPatch) -> None:
    through = connection.copy()
    through.settings_dict = {**connection.settings_dict, "HOST": "127.0.0.1", "PORT": pooler.port}
    with pytest.raises(Fail, match="Set DIRECT_DATABASE_URL to PostgreSQL itself"):
        postgres.refuse_pooler(through)
    through.close()
    postgres.refuse_pooler(connection)
    monkeypatch.setenv("DIRECT_DATABASE_URL", "postgres://somebody:secret@db.example.org:5433/desk")
    monkeypatch.setattr(settings, "DIRECT_DATABASE", environment.database("DIRECT_DATABASE_URL", Path()))
    told = postgres.environment()
    names = ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD")
    assert [told[name] for name in names] == ["db.example.org", "5433", "somebody", "desk", "secret"]


def test_a_role_without_a_limit_is_told_at_the_start(transactional_db: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "desk.database"), connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '30s'")
        schema.tell_what_lacks()
        assert caplog.messages == []
        cursor.execute("SET idle_in_transaction_session_timeout = 0")
        schema.tell_what_lacks()
    user = psycopg.sql.Identifier(connection.settings_dict["USER"]).as_string()
    assert caplog.messages[0].endswith(f"ALTER ROLE {user} SET idle_in_transaction_session_timeout = '30s'")
    connection.close()
