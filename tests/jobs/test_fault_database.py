"""What the database says of its own state is tried again, in whatever class it comes; a wrong statement fails."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import (
    DatabaseError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    connection,
    connections,
    transaction,
)

from task.jobs import job
from task.jobs.engine import maintenance, transitions
from task.jobs.engine.clock import Now
from task.jobs.engine.executor import execute
from task.jobs.models import Job, State
from task.jobs.testing import execute_all
from task.kit.connections import is_unavailable
from tests.processes import wait_until
from tests.workbench.models import Thing

pytestmark = pytest.mark.django_db(transaction=True)
AWAY = "The database could not be reached."
trouble: list[Any] = []  # functions, each called once within a step


@job("faults.make", title="Make {total} things in a database with a state of its own")
def make(run, total):
    for part in run.batches(range(total), size=2):
        with run.step() as tally:
            if trouble and part.start:
                trouble.pop()()
            Thing.objects.bulk_create([Thing(name=f"{n}") for n in part])
            tally["made"] += len(part)
    return "{made} made."


@pytest.fixture(autouse=True)
def no_trouble_left():
    yield
    trouble.clear()
    connection.close()  # what a test has set for its session goes with it


def fresh(row: Job) -> Job:
    return Job.objects.get(pk=row.pk)


def goes_on_later(*what: Any) -> Job:
    """The job meets `what` at its second step, waits, and is then done: nothing lost, nothing twice."""
    trouble.extend(what)
    row = make.delay(total=6)
    assert execute(row.pk) == State.QUEUED
    assert [entry["reason"] for entry in fresh(row).history] == [AWAY]
    assert (fresh(row).done, Thing.objects.count()) == (2, 2)
    connection.close()
    execute_all()
    assert (fresh(row).state, fresh(row).tally, Thing.objects.count()) == ("succeeded", {"made": 6}, 6)
    return fresh(row)


def statement(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


# PostgreSQL, for real


def end_this_session() -> None:
    """As after a pause of 40 s inside a step: the server has ended the session, and says so at the next statement."""
    statement("SET LOCAL idle_in_transaction_session_timeout = '20ms'")
    options = connection.get_connection_params()
    pid = connection.connection.info.backend_pid
    gone = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)"
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: options[name] for name in names}, autocommit=True) as other:
        wait_until(lambda: other.execute(gone, [pid]).fetchone()[0])


@pytest.mark.postgres
def test_a_session_that_the_server_ended_within_a_step_is_no_mistake_in_the_program():
    goes_on_later(end_this_session)


@pytest.mark.postgres
def test_a_standby_that_takes_no_writes_is_no_mistake_in_the_program():
    goes_on_later(lambda: statement("SET LOCAL transaction_read_only = on"))


@pytest.mark.postgres
@pytest.mark.parametrize("code", ["57P01", "53100", "40001", "40P01", "55P03", "08006", "25P04"])
def test_what_the_server_says_of_its_state_is_tried_again(code):
    goes_on_later(lambda: statement(f"DO $$ BEGIN RAISE EXCEPTION 'so' USING ERRCODE = '{code}'; END $$"))


@pytest.mark.postgres
def test_a_statement_after_one_that_failed_is_known_by_its_cause():
    def swallowed() -> None:
        try:
            with transaction.atomic(savepoint=False):
                end_this_session()
                Thing.objects.count()
        except DatabaseError:
            Thing.objects.count()  # TransactionManagementError, caused by the first

    goes_on_later(swallowed)


# SQLite, for real


@pytest.mark.sqlite
def test_a_database_that_takes_no_writes_is_tried_again():
    trouble.append(lambda: statement("PRAGMA query_only = ON"))
    row = make.delay(total=6)
    assert execute(row.pk) is None, "Nor can it write that the job comes later."
    assert (fresh(row).state, fresh(row).done) == ("running", 2)
    connection.close()
    Job.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert maintenance.rescue_lapsed() == [row]
    execute_all()
    assert (fresh(row).state, Thing.objects.count()) == ("succeeded", 6)


@pytest.mark.sqlite
def test_a_full_disk_is_tried_again():
    statement("VACUUM")  # else what earlier tests deleted is room enough

    def full() -> None:
        with connection.cursor() as cursor:
            pages = cursor.execute("PRAGMA page_count").fetchone()[0]
            cursor.execute(f"PRAGMA max_page_count = {pages}")
        Thing.objects.bulk_create([Thing(name=f"{n} {'x' * 40}") for n in range(20_000)])

    try:
        goes_on_later(full)
    finally:
        connection.close()  # the limit is this connection's


@pytest.mark.sqlite
def test_a_lock_that_somebody_else_holds_is_tried_again():
    row = make.delay(total=6)
    statement("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert execute(row.pk) is None, "It could not even be claimed."
        other.execute("ROLLBACK")
    execute_all()
    assert (fresh(row).state, Thing.objects.count()) == ("succeeded", 6)


# A mistake in the program, on either


@pytest.mark.parametrize("sql", ["SELECT * FROM nothing_here", "SELECT nothing_here FROM jobs_job", "SELECT FROM FROM"])
def test_a_mistake_in_a_statement_fails_with_a_traceback(sql):
    trouble.append(lambda: statement(sql))
    row = make.delay(total=6)
    assert execute(row.pk) == State.FAILED
    assert "error in the program" in fresh(row).error
    assert "statement(sql)" in fresh(row).traceback
    assert fresh(row).history == []


def test_an_end_hook_with_a_mistake_in_its_statement_keeps_no_job_from_its_end(monkeypatch):
    monkeypatch.setattr(make.kind, "on_end", [lambda row: statement("SELECT * FROM nothing_here")])
    row = make.delay(total=6)
    assert transitions.cancel(row)
    assert fresh(row).state == State.CANCELLED
    assert "nothing_here" in fresh(row).traceback


def test_who_is_given_up_after_five_tries_has_the_last_traceback_for_staff():
    def away() -> None:
        raise OperationalError("the server closed the connection")

    trouble.extend([away] * 9)
    row = make.delay(total=6)
    execute_all()
    assert fresh(row).state == State.FAILED
    assert fresh(row).error == f"{AWAY} We tried five times. Please try again later."
    assert "the server closed the connection" in fresh(row).traceback


# The rule itself, on either


def caused(outer: Exception, *causes: Exception) -> Exception:
    for above, below in zip([outer, *causes], causes, strict=False):
        above.__cause__ = below
    return outer


def of_sqlite(code: int, kind: type[sqlite3.Error] = sqlite3.OperationalError) -> sqlite3.Error:
    fault = kind("as SQLite says")
    fault.sqlite_errorcode = code
    return fault


@pytest.mark.parametrize(
    ("kind", "code", "state"),
    [
        *((InternalError, code, True) for code in ("25P03", "25P04", "25006")),
        *((OperationalError, code, True) for code in ("57P01", "57P02", "57P03", "57P05", "57014", "08000", "08003")),
        *((OperationalError, code, True) for code in ("08006", "08P01", "53000", "53100", "53200", "53300", "53400")),
        *((OperationalError, code, True) for code in ("40001", "40P01", "55P03", "55006", "58030")),
        *((InternalError, code, False) for code in ("25P02", "XX000")),
        *((ProgrammingError, code, False) for code in ("42P01", "42703", "42601", "42501")),
        *((OperationalError, code, False) for code in ("54000", "55000")),
    ],
)
def test_the_servers_code_decides_and_not_the_class(kind, code, state):
    assert is_unavailable(caused(kind("x"), psycopg.errors.lookup(code)("x"))) is state


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (sqlite3.SQLITE_BUSY, True),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, True),
        (sqlite3.SQLITE_LOCKED, True),
        (sqlite3.SQLITE_FULL, True),
        (sqlite3.SQLITE_READONLY, True),
        (sqlite3.SQLITE_READONLY_DBMOVED, True),
        (sqlite3.SQLITE_IOERR_WRITE, True),
        (sqlite3.SQLITE_CANTOPEN, True),
        (sqlite3.SQLITE_ERROR, False),  # no such table, no such column, a syntax error
        (sqlite3.SQLITE_MISUSE, False),
        (sqlite3.SQLITE_TOOBIG, False),
    ],
)
def test_sqlites_code_decides_and_not_the_class(code, state):
    assert is_unavailable(caused(OperationalError("x"), of_sqlite(code))) is state


def test_without_a_code_it_is_the_connection():
    assert is_unavailable(caused(OperationalError("x"), psycopg.OperationalError("the connection is closed")))
    assert is_unavailable(caused(InterfaceError("x"), psycopg.InterfaceError("closed")))
    assert is_unavailable(psycopg.OperationalError("the connection is lost"))
    assert is_unavailable(OperationalError("gone"))
    assert not is_unavailable(caused(InterfaceError("x"), sqlite3.InterfaceError("Error binding parameter")))
    assert not is_unavailable(caused(ProgrammingError("x"), psycopg.ProgrammingError("no results to fetch")))
    assert not is_unavailable(ValueError("x"))
    assert not is_unavailable(None)


def test_a_cause_further_down_is_found_and_a_circle_of_causes_ends():
    ended = caused(ValueError("x"), InternalError("x"), psycopg.errors.lookup("25P03")("x"))
    assert is_unavailable(ended)
    circle = caused(ValueError("a"), KeyError("b"))
    circle.__cause__.__cause__ = circle
    assert not is_unavailable(circle)


@pytest.mark.postgres
def test_a_job_is_claimed_on_a_new_connection_where_the_server_ended_the_old_one():
    row = make.delay(total=2)
    pid = connection.connection.info.backend_pid
    statement_elsewhere = "SELECT pg_terminate_backend(%s)"
    gone = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)"
    options = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: options[name] for name in names}, autocommit=True) as other:
        other.execute(statement_elsewhere, [pid])
        wait_until(lambda: other.execute(gone, [pid]).fetchone()[0])
    assert execute(row.pk) == State.SUCCEEDED


def test_a_job_is_claimed_once_more_only_where_the_connection_is_broken(monkeypatch):
    row = make.delay(total=2)
    real, claims = transitions.claim, []

    def claim(job_id: Any) -> Job | None:
        claims.append(job_id)
        if len(claims) == 1:
            raise OperationalError("server closed the connection unexpectedly")
        return real(job_id)

    monkeypatch.setattr(transitions, "claim", claim)
    usable = [True]
    monkeypatch.setattr(type(connections["default"]), "is_usable", lambda self: usable[0])
    assert execute(row.pk) is None
    assert len(claims) == 1
    claims.clear()
    usable[0] = False
    assert execute(row.pk) == State.SUCCEEDED
    assert len(claims) == 2


def test_a_claim_is_the_first_that_the_database_hears_of_a_turn(monkeypatch):
    """No health check before it, also where the settings want one for each request."""
    row = make.delay(total=0)
    monkeypatch.setattr(connections["default"], "health_check_enabled", True)
    checks: list[int] = []
    monkeypatch.setattr(type(connections["default"]), "is_usable", lambda self: not checks.append(1))
    assert execute(row.pk) == State.SUCCEEDED
    assert checks == []
