"""The proof: a job, killed before each single SQL statement and taken over, leaves what an undisturbed run leaves."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core import mail
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql import InsertQuery

from task.jobs.engine import maintenance
from task.jobs.engine.clock import Now
from task.jobs.engine.declare import JobTask
from task.jobs.engine.enqueue import Rows
from task.jobs.engine.executor import execute
from task.jobs.engine.registry import KINDS
from task.jobs.models import Job, State

# What may differ between two good runs: who did it and how often, not what came of it.
VOLATILE = {
    "jobs.job": {"id", "claims", "faults", "notifications", "runner", "history", "unique_key", "traceback", "parent"},
}
LEFT_OUT = {"jobs.worker", "sessions.session", "django_celery_results.taskresult"}

MOST_STATEMENTS = 1000

Snapshot = dict[type[models.Model], list[dict[str, Any]]]


class Killed(BaseException):
    """kill -9, as a process sees it: no statement is executed from here on."""


class _Killer:
    def __init__(self, before_statement: int) -> None:
        self.before_statement = before_statement
        self.statements = 0
        self.dead = False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.statements += 1
        if self.dead or self.statements == self.before_statement:
            self.dead = True
            raise Killed
        return execute(sql, params, many, context)


def execute_all(*, at_most: int = 1000, pauses: bool = False) -> int:
    """Run what waits, in this process and without a broker, until nothing does. Returns the number of turns.

    Pauses (`run_after`) are skipped, unless `pauses` is set: then what pauses is left. Raises AssertionError when jobs
    still wait after `at_most` turns, as one that always asks for later does. What a job raises is in its row.
    """
    for turn in range(at_most):
        waiting = Job.objects.queued().of_kinds(KINDS)
        if pauses:
            waiting = waiting.due()
        job = waiting.order_by("created", "id").first()
        if job is None:
            return turn
        if job.run_after and not pauses:
            Job.objects.filter(pk=job.pk).update(run_after=None)
        execute(job.pk)
    raise AssertionError(f"Jobs still wait after {at_most} turns.")


def assert_survives(
    task: JobTask[...],
    *,
    owner: Any = None,
    rows: Rows | None = None,
    reset: Callable[[], None] = lambda: None,
    ignore: tuple[str, ...] = (),
    **arguments: Any,
) -> int:
    """Kill the job before each of its SQL statements, and compare rows, messages and mails with an undisturbed run.

    Keep the job small: it runs once for each of its statements, and refuses more than MOST_STATEMENTS of them.
    Needs real transactions (`django_db(transaction=True)`). `reset` puts back what lives outside the database;
    `ignore` names columns ("books.book.reason") that may differ; `owner`, `rows` and `arguments` are those of
    `apply_async`. Returns the number of kill points, or raises AssertionError with the statement and what differs.
    """
    job = task.apply_async(kwargs=arguments, owner=owner, rows=rows)
    start = _snapshot(), _numbers()
    with _from(*start, reset):
        counter = _Killer(0)
        with connection.execute_wrapper(counter):
            execute_all()
        assert counter.statements <= MOST_STATEMENTS, (
            f"{task.kind.name} runs {counter.statements:,} statements with these rows, and is to be run once for each. "
            "Give it fewer: two batches are enough, and three rows where each row enqueues a follow-up."
        )
        expected = _outcome(ignore)
        _refuse_two_under_one_id(task)
        state = Job.objects.get(pk=job.pk).state
        assert state in (State.SUCCEEDED, State.FAILED), f"The undisturbed job ended {state}."
    points = 0
    while True:
        killer = _Killer(points + 1)
        with _from(*start, reset):
            with suppress(Killed), connection.execute_wrapper(killer):
                execute_all()
            if not killer.dead:
                break
            assert not connection.in_atomic_block
            take_over()
            outcome = _outcome(ignore)
            for name in expected.keys() | outcome.keys():
                undisturbed, killed = expected.get(name, []), outcome.get(name, [])
                assert killed == undisturbed, (
                    f"{task.kind.name}, killed before statement {killer.before_statement}: {name} differs.\n"
                    f"undisturbed: {undisturbed}\nkilled:      {killed}"
                )
        points += 1
    assert points > 3, "This job has hardly a statement: is it a job?"
    return points


def take_over() -> None:
    """What the maintenance of another worker does, once the lease has run out: rescue all that ran, and run it."""
    Job.objects.running().update(lease_until=Now() - timedelta(minutes=1))
    maintenance.rescue_lapsed()
    execute_all()


@contextmanager
def _from(start: Snapshot, numbers: list[Any], reset: Callable[[], None]) -> Iterator[None]:
    """Begin where `start` was taken, and go back there afterwards."""
    reset()
    outbox = list(getattr(mail, "outbox", []))
    mail.outbox = []
    try:
        yield
    finally:
        mail.outbox = outbox
        _restore(start, numbers)


def filled(tables: Iterable[str], connection: BaseDatabaseWrapper) -> list[str]:
    """Those of these tables that hold something, by one query."""
    quote = connection.ops.quote_name
    asked = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {quote(name)})" for name in tables)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return [name for (name,) in cursor.fetchall()]


def _models() -> list[type[models.Model]]:
    """Those that have rows: a kill more costs little then."""
    found = apps.get_models(include_auto_created=True)
    tables = {model._meta.db_table: model for model in found if model._meta.managed and not model._meta.proxy}
    return [tables[name] for name in filled(tables, connections[DEFAULT_DB_ALIAS])]


def _snapshot() -> Snapshot:
    rows: Snapshot = {model: list(model._base_manager.order_by("pk").values()) for model in _models()}
    return rows


def _numbers() -> list[Any]:
    """The last number that each table gave: SQLite alone gives one again that a rolled-back step had taken."""
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, name FROM sqlite_sequence")
        return list(cursor.fetchall())


def _restore(rows: Snapshot, numbers: list[Any]) -> None:
    now = _snapshot()
    changed = [model for model in now.keys() | rows.keys() if now.get(model, []) != rows.get(model, [])]
    with transaction.atomic(), connection.cursor() as cursor:
        for model in changed:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608
        for model in changed:
            _insert(model, [model(**values) for values in rows.get(model, [])])
        for statement in connection.ops.sequence_reset_sql(no_style(), changed):
            cursor.execute(statement)
        if numbers:
            cursor.execute("UPDATE sqlite_sequence SET seq = 0")
            cursor.executemany("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", numbers)


def _insert(model: type[models.Model], kept: list[models.Model]) -> None:
    """As they were: no field has a say in its value (`pre_save`), as it has in `bulk_create`."""
    columns = [column for column in model._meta.concrete_fields if not column.generated]
    size = connection.ops.bulk_batch_size(columns, kept) or 1  # for no rows PostgreSQL says 0
    for start in range(0, len(kept), size):
        query = InsertQuery(model)
        query.insert_values(columns, kept[start : start + size], raw=True)
        query.get_compiler(connection=connection).execute_sql()


def _outcome(ignore: tuple[str, ...]) -> dict[str, Any]:
    """All rows without what may differ, and the mails, each as a sorted list of texts."""
    found: dict[str, Any] = {}
    for model in _models():
        label = model._meta.label_lower
        if label in LEFT_OUT:
            continue
        columns = [column.attname for column in model._meta.concrete_fields if _compares(column, label, ignore)]
        found[label] = sorted(map(repr, model._base_manager.values_list(*columns))) if columns else []
    return found | {"mails": _mails()}


def _mails() -> list[str]:
    """Each mail once by its Message-ID: sent again it is dropped by the receiver. Without one, each that was sent."""
    sent = [(m.extra_headers.get("Message-ID"), m.subject, m.to, m.cc, m.bcc) for m in mail.outbox]
    known, unknown = (each for each in sent if each[0]), (each for each in sent if not each[0])
    return sorted([*{repr(each) for each in known}, *map(repr, unknown)])


def _refuse_two_under_one_id(task: JobTask[...]) -> None:
    """An undisturbed run sends nothing twice: a second mail under the same Message-ID is another one, and gets lost."""
    names = Counter(sent.extra_headers.get("Message-ID") for sent in mail.outbox)
    twice = [name for name, number in names.items() if name and number > 1]
    assert not twice, (
        f"{task.kind.name} sends {names[twice[0]]} emails under one Message-ID, {twice[0]}: who gets them sees one. "
        "Give run.mail() a key=… that tells them apart."
    )


def _compares(column: Any, label: str, ignore: tuple[str, ...]) -> bool:
    if column.name in VOLATILE.get(label, ()) or f"{label}.{column.name}" in ignore:
        return False
    # Times differ; and PostgreSQL does not give a number twice that a rolled-back step had taken.
    target = column.target_field if column.is_relation else column
    numbered = isinstance(target, models.AutoField) and connection.vendor != "sqlite"
    return not (isinstance(column, models.DateTimeField) or numbered)
