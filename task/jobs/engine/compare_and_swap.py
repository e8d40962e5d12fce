"""Compare-and-swap on one job's row, the one way in which the engine changes a job, and the INSERT that makes one.

The SQL of each shape is put together once a process. The ORM takes several times as long for that as the database
takes to run it, and holds SQLite's write lock meanwhile when a transaction is open.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Expression, Q
from django.db.models.signals import post_save, pre_save
from django.db.models.sql import InsertQuery, UpdateQuery

from task.jobs.models import Job, storable

Shape = tuple[tuple[str, Any], ...]  # names, each with its expression, or None where a value goes
Statement = tuple[str, tuple[Any, ...]]
Row = tuple[list[str], str, dict[int, Any]]
# By the identity of its expressions, which it keeps: whoever uses the same objects each time has it at once. Hashing
# expressions by what they say takes longer than the database does.
_known: dict[tuple[Any, ...], tuple[Statement, tuple[Any, ...]]] = {}
_MOST_KNOWN = 256


class Slot(Expression):
    """A place in compiled SQL where a value of a column goes."""

    def __init__(self, key: str, field: Any) -> None:
        super().__init__(output_field=field)
        self.key = key

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> Any:
        return "%s", [self]


def update_if(job_id: UUID | str, guard: Mapping[str, Any], **values: Any) -> bool:
    """Set columns of the job's row if it still answers to `guard` (column=value, or lookup=expression)."""
    sql, params = _statement(guard, values, None)
    with connection.cursor() as cursor:
        cursor.execute(sql, _parameters(params, job_id, guard, values))
        return bool(cursor.rowcount)


def update_and_ask(
    job_id: UUID | str, guard: Mapping[str, Any], conditions: Sequence[Any], **values: Any
) -> list[bool] | None:
    """As `update_if`, and in the same statement whether each condition (an `Exists`) holds of the row as it is then.

    None where the row did not answer to `guard`.
    """
    if not conditions:
        return [] if update_if(job_id, guard, **values) else None
    sql, params = _statement(guard, values, None)
    answers, more = _conditions(conditions)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING {answers}", [*_parameters(params, job_id, guard, values), *more])
        found = cursor.fetchall()
    return [bool(answer) for answer in found[0]] if found else None


def update_returning(job_id: UUID | str, which: Q, **values: Any) -> Job | None:
    """Set columns of the job's row if it is one of `which`, and return the row as it is then."""
    sql, params = _statement({}, values, which)
    names, columns, converters = _row(connection.alias, Job._meta.concrete_fields)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING {columns}", _parameters(params, job_id, {}, values))
        found = cursor.fetchall()
    if not found:
        return None
    return Job.from_db(connection.alias, names, _converted(found[0], converters))


def insert(job: Job) -> None:
    """What `job.save(force_insert=True)` does; left to that where somebody listens, or a value is an expression."""
    sql, params, (names, _, converters) = _insert(connection.alias)
    values = {param.key: getattr(job, param.key) for param in params}
    if pre_save.has_listeners(Job) or post_save.has_listeners(Job) or any(map(_is_expression, values.values())):
        job.save(force_insert=True)
        return
    given = [param.output_field.get_db_prep_save(values[param.key], connection) for param in params]
    with transaction.mark_for_rollback_on_error(connection.alias), connection.cursor() as cursor:
        cursor.execute(sql, given)
        row = _converted(cursor.fetchall()[0], converters)
    for name, value in zip(names, row, strict=True):
        setattr(job, name, value)
    job._state.adding, job._state.db = False, connection.alias


@lru_cache(maxsize=8)
def _insert(alias: str) -> tuple[str, tuple[Slot, ...], Row]:
    """The statement, what it wants, and what it returns: the columns that the database sets."""
    fields = Job._meta.concrete_fields
    given = {field.attname: Slot(field.attname, field) for field in fields if not field.db_returning}
    query: Any = InsertQuery(Job)
    query.insert_values(fields, [Job(**given)], raw=True)
    ((sql, params),) = query.get_compiler(alias).as_sql()
    row = _row(alias, tuple(field for field in fields if field.db_returning))
    return f"{sql} RETURNING {row[1]}", params, row


@lru_cache(maxsize=8)
def _row(alias: str, fields: tuple[Any, ...]) -> Row:
    """How what comes back becomes columns of a Job: the names, the columns, and what makes Python of some values."""
    compiler = Job.objects.all().query.get_compiler(alias)
    columns = ", ".join(compiler.connection.ops.quote_name(field.column) for field in fields)
    converters = compiler.get_converters([field.get_col(Job._meta.db_table) for field in fields])
    return [field.attname for field in fields], columns, converters


def _converted(row: Sequence[Any], converters: dict[int, Any]) -> list[Any]:
    values = list(row)
    for position, (convert, column) in converters.items():
        for function in convert:
            values[position] = function(values[position], column, connection)
    return values


def _statement(guard: Mapping[str, Any], values: Mapping[str, Any], which: Q | None) -> Statement:
    shapes = _shape(guard), _shape(values)
    expressions = (which, *(value for shape in shapes for _, value in shape))
    key = (connection.alias, tuple(guard), tuple(values), *map(id, expressions))
    if (found := _known.get(key)) is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        found = _known[key] = (_compiled(connection.alias, *shapes, which), expressions)
    return found[0]


def _conditions(conditions: Sequence[Any]) -> Statement:
    """What RETURNING says of each."""
    key = (connection.alias, "conditions", *map(id, conditions))
    if (found := _known.get(key)) is None:
        rows = Job.objects.annotate(**{f"answer_{place}": each for place, each in enumerate(conditions)})
        compiler = rows.query.get_compiler(connection.alias)
        compiled = [compiler.compile(each) for each in rows.query.annotations.values()]
        sql, params = ", ".join(sql for sql, _ in compiled), tuple(param for _, more in compiled for param in more)
        found = _known[key] = ((sql, params), tuple(conditions))
    return found[0]


def _shape(values: Mapping[str, Any]) -> Shape:
    return tuple((name, value if _is_expression(value) else None) for name, value in values.items())


def _is_expression(value: Any) -> bool:
    return hasattr(value, "resolve_expression")


@lru_cache(maxsize=128)
def _compiled(alias: str, guard: Shape, values: Shape, which: Q | None) -> Statement:
    rows = Job.objects.filter(which) if which else Job.objects.all()
    rows = rows.filter(
        pk=Slot("pk", _field("id")), **{name: value or Slot(f"if {name}", _field(name)) for name, value in guard}
    )
    query: Any = rows.query.chain(UpdateQuery)
    query.add_update_values({name: value or Slot(f"set {name}", _field(name)) for name, value in values})
    sql, params = query.get_compiler(alias).as_sql()
    return sql, tuple(params)


def _field(name: str) -> Any:
    return Job._meta.get_field(name)


def _parameters(params: tuple[Any, ...], job_id: Any, guard: Mapping[str, Any], values: Mapping[str, Any]) -> list[Any]:
    given = {"pk": Job._meta.pk.to_python(job_id)}
    given |= {f"if {name}": value for name, value in guard.items()}
    given |= {f"set {name}": storable(value) for name, value in values.items()}
    return [
        param.output_field.get_db_prep_save(given[param.key], connection) if isinstance(param, Slot) else param
        for param in params
    ]
