"""A statement that only reads is not refused for a word that stands in it; one that writes is, wherever it says so."""

import pytest
from django.db import connection

from task.jobs import job
from task.jobs.engine.guards import _writes
from task.jobs.testing import execute_all
from tests.workbench.models import Thing

pytestmark = pytest.mark.django_db(transaction=True)

READS = [
    "WITH found AS (SELECT 'UPDATE x' AS what) SELECT * FROM found",
    "WITH found AS (SELECT 'it''s a DELETE FROM x (UPDATE y' AS what) SELECT * FROM found",
    'WITH "UPDATE me" AS (SELECT 1 AS "(UPDATE x") SELECT * FROM "UPDATE me"',
    "WITH found AS (SELECT 1) -- then UPDATE x (DELETE FROM y\nSELECT * FROM found",
    "WITH found AS (/* (UPDATE x */ SELECT 1) SELECT * FROM found",
    "WITH found AS (SELECT 1 AS last_update, 2 AS update_count) SELECT last_update FROM found",
    "WITH found AS (SELECT replace('a', 'a', 'b') AS a) SELECT (replace(a, 'b', 'c')) FROM found",
    "WITH RECURSIVE n AS (SELECT 1 UNION ALL SELECT 2) SELECT 'a \\' FROM n",
]
READS_ON_POSTGRES = [
    "  (WITH found AS (SELECT 'INSERT INTO x') SELECT * FROM found)",
    "WITH found AS (SELECT 1 AS id) SELECT * FROM jobs_job WHERE id IS NULL FOR UPDATE",
    "WITH found AS (SELECT $$ (UPDATE x $$ AS what) SELECT * FROM found",
    "WITH found AS (SELECT $a$ $$ (DELETE FROM x $a$ AS what) SELECT * FROM found",
    "WITH found AS (SELECT E'it\\'s (UPDATE x' AS what) SELECT * FROM found",
]
WRITES = [
    "WITH found AS (SELECT 1 AS id) UPDATE workbench_thing SET name = 'x' WHERE id IN (SELECT id FROM found)",
    "WITH found AS (SELECT 'a' AS id)UPDATE workbench_thing SET name = 'x'",
    'with found as (select 1) update "workbench_thing" set name = 1',
    "WITH found AS (SELECT 1) /* now */ DELETE FROM workbench_thing",
    "WITH found AS (SELECT 1) -- now\n DELETE\nFROM workbench_thing",
    "WITH found AS (SELECT 1) INSERT INTO workbench_thing (name) SELECT 'x'",
    "WITH found AS (SELECT 1) INSERT OR IGNORE INTO workbench_thing (name) SELECT 'x'",
    "WITH found AS (SELECT 1) REPLACE INTO workbench_thing (name) SELECT 'x'",
    "WITH gone AS (DELETE FROM workbench_thing RETURNING id) SELECT * FROM gone",
    "WITH a AS (SELECT 1), b AS MATERIALIZED ( UPDATE workbench_thing SET name = 'x' RETURNING id) SELECT * FROM b",
    "WITH a AS (SELECT 1) MERGE INTO workbench_thing USING a ON true WHEN MATCHED THEN DELETE",
    "WITH a AS (SELECT ')') DELETE FROM workbench_thing",
    "/* WITH */ -- WITH\n UPDATE workbench_thing SET name = 'x'",
]


@job("faults.read", title="Read with a statement of its own")
def read(run, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        cursor.fetchall()
    return "Read."


@pytest.mark.parametrize("sql", READS)
def test_what_only_reads_is_read_by_a_job(sql):
    row = read.delay(sql=sql)
    execute_all()
    row.refresh_from_db()
    assert (row.state, row.traceback) == ("succeeded", "")


@pytest.mark.parametrize("sql", READS_ON_POSTGRES)
def test_what_only_reads_on_postgres_is_not_refused(sql):
    assert not _writes(sql)


@pytest.mark.postgres
@pytest.mark.parametrize("sql", READS_ON_POSTGRES)
def test_what_only_reads_on_postgres_is_read_by_a_job(sql):
    test_what_only_reads_is_read_by_a_job(sql)


@pytest.mark.parametrize("sql", WRITES)
def test_what_writes_is_refused(sql):
    Thing.objects.create(name="one")
    row = read.delay(sql=sql)
    execute_all()
    row.refresh_from_db()
    assert row.state == "failed"
    assert "wrote to the database outside" in row.traceback
    assert Thing.objects.filter(name="one").count() == 1


@pytest.mark.parametrize("piece", ["/* a */ ", "'a' || ", "-- b\n", '"c", '])
def test_a_long_statement_costs_next_to_nothing(piece):
    assert _writes("WITH a AS (SELECT " + piece * 20_000 + "1) UPDATE x SET y = 1")
    assert not _writes("WITH a AS (SELECT " + piece * 20_000 + "1) SELECT 1")
