"""In: a job's row and the form's own rows in one transaction, then a notification."""

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from django.db import models, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from task.jobs.engine import guards
from task.jobs.engine.broker import notify
from task.jobs.engine.clock import Now
from task.jobs.engine.compare_and_swap import insert, update_if
from task.jobs.engine.errors import Misuse
from task.jobs.engine.registry import KINDS, Kind, label_of
from task.jobs.models import Job, State, storable
from task.kit import traces

Rows = Callable[[Job], object]  # a mapping of what is known only then, or anything else
UNSET: Any = object()


def enqueue(
    kind: Kind,
    args: Iterable[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    *,
    owner: Any = UNSET,
    rows: Rows | None = None,
    unique_key: str | None = None,
    run_after: timedelta | datetime | None = None,
    parent: UUID | None = None,
) -> Job:
    """Save a job and notify a worker once it is committed.

    `rows(job)` saves the form's own rows in the same transaction, and may return what is known only then: arguments by
    name, `title`, `owner`. In a step, a finish or an end hook the job is a follow-up of the one at work: it has its
    owner, and an id that a second try of that step gives it again; anywhere else `parent` is the id of the job that it
    follows.

    The job's `notified` is False when the broker was away (it runs when the broker is back). Raises TypeError when the
    arguments don't fit the kind's function, Misuse when they are no JSON, IntegrityError when `unique_key` is taken.
    """
    place = guards.place()
    arguments = _bound(kind, args, kwargs or {}, partly=rows is not None)
    at = _moment(run_after)
    follow_up: dict[str, Any] = {"parent_id": parent}
    if place is not None:
        follow_up = {"id": _next_id(place, kind), "parent": place.job, "owner_id": place.owner_id}
    job = Job(
        kind=kind.name,
        title=_title(kind, arguments),
        arguments=arguments,
        unique_key=unique_key,
        run_after=at,
        request_id=traces.request_id.get() or None,
        **follow_up,
    )
    if owner is not UNSET:
        job.owner = owner

    def publish() -> None:
        job.notified = notify(kind.name, job.pk)

    # One row alone needs no transaction around it, in which others would wait for SQLite's write lock. Where somebody
    # else's is open, a key that is taken must leave it usable.
    within = unique_key is not None and transaction.get_connection().in_atomic_block
    with transaction.atomic() if rows or within else nullcontext():
        insert(job)
        if rows is not None:
            late = rows(job)
            _settle(job, kind, dict(late) if isinstance(late, Mapping) else {})
        if isinstance(run_after, timedelta):  # the database knows the time
            job.refresh_from_db(fields=["run_after"])
        if at is None or (isinstance(at, datetime) and at <= timezone.now()):
            transaction.on_commit(publish, robust=True)
    return job


def amend(job: Job, more: int, **arguments: Any) -> bool:
    """Give a job that waits for its turn `more` to do, these arguments, and the title that they make.

    In a transaction of the caller's, who has locked the job's row, and gives it more rows of its own: a worker goes on
    with it once that is committed. False: it does not wait.
    """
    kind = KINDS[job.kind]
    new = _bound(kind, (), job.arguments | arguments)
    columns: dict[str, Any] = {"title": _title(kind, new)[:300], "arguments": new}
    if job.total is not None:  # known once it was begun
        columns["total"] = job.total + more
    won = update_if(job.pk, {"claims": job.claims, "state": State.QUEUED}, **columns)
    if won:
        for name, value in columns.items():
            setattr(job, name, value)
    return won


def hasten(job: Job) -> bool:
    """Let a job that was to begin later (`run_after`) begin now, once the caller's transaction is committed.

    False: a worker has had it, or it has ended.
    """
    won = update_if(job.pk, {"state": State.QUEUED, "claims": 0}, run_after=None, notified_at=Now())
    if won:
        transaction.on_commit(partial(notify, job.kind, job.pk), robust=True)
    return won


def retitle(job_id: UUID, title: str, before: str = "") -> None:
    """Of a job that stands for its follow-ups too, or of which more is known now; only where it was called `before`."""
    update_if(job_id, {"title": before[:300]} if before else {}, title=title[:300])


def _settle(job: Job, kind: Kind, late: dict[str, Any]) -> None:
    """Write into the job's row what its rows have told."""
    columns: dict[str, Any] = {name: late.pop(name) for name in ("owner", "title") if name in late}
    arguments = _bound(kind, (), job.arguments | late)
    columns = {"title": _title(kind, arguments), "arguments": arguments} | columns
    columns["title"] = str(columns["title"])[:300]
    changed = {name: value for name, value in columns.items() if getattr(job, name) != value}
    for name, value in changed.items():
        setattr(job, name, value)
    if changed:
        update_if(job.pk, {"claims": 0}, **{_column(name): getattr(job, _column(name)) for name in changed})


def _column(name: str) -> str:
    return "owner_id" if name == "owner" else name


def _next_id(place: guards.Place, kind: Kind) -> UUID:
    if not place.next_ordinals:
        place.owner_id = Job.objects.values_list("owner_id", flat=True).get(pk=place.job.pk)
    ordinal = place.next_ordinals.get(kind.name) or _first_free(place, kind)
    place.next_ordinals[kind.name] = ordinal + 1
    return _id_of(place, kind, ordinal)


def _id_of(place: guards.Place, kind: Kind, ordinal: int) -> UUID:
    return uuid5(place.job.pk, f"{kind.name} {place.name} {ordinal}")


def _first_free(place: guards.Place, kind: Kind) -> int:
    """1, but where the place comes again: a step that gets the job no further, an end after a retry.

    What is there was committed, so whoever tries this step again finds the same.
    """

    def is_taken(ordinal: int) -> bool:
        return Job.objects.filter(pk=_id_of(place, kind, ordinal)).exists()

    free = 1
    while is_taken(free):
        free *= 2
    taken = free // 2
    while free - taken > 1:
        middle = (free + taken) // 2
        taken, free = (middle, free) if is_taken(middle) else (taken, middle)
    return free


def _moment(run_after: timedelta | datetime | None) -> Any:
    if isinstance(run_after, timedelta):
        return Now() + run_after
    if run_after is not None and timezone.is_naive(run_after):
        return timezone.make_aware(run_after)
    return run_after


# The arguments


def _bound(kind: Kind, args: Iterable[Any], kwargs: Mapping[str, Any], *, partly: bool = False) -> dict[str, Any]:
    """The arguments by name, as JSON gives them back. `partly`: some may be missing."""
    bind = kind.signature.bind_partial if partly else kind.signature.bind
    try:
        bound = bind(*args, **kwargs)
    except TypeError as fault:
        raise TypeError(f"{kind.name}: {fault}. It takes {kind.signature}.") from None
    arguments = dict(bound.arguments)
    for name, parameter in kind.signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            arguments |= arguments.pop(name, {})
    return {name: plain(value, f"{kind.name}: “{name}”") for name, value in arguments.items()}


def _title(kind: Kind, arguments: dict[str, Any]) -> str:
    try:
        bound = kind.signature.bind(**arguments)
    except TypeError:  # some come later
        return label_of(kind.name)
    bound.apply_defaults()
    words: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        words |= value if kind.signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD else {name: value}
    return kind.title_for(words)


def plain(value: Any, what: str) -> Any:
    """`value` as JSON gives it back. Raises Misuse with a sentence for what JSON does not know."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, str) and value == storable(value):
        return str.__str__(value)
    if isinstance(value, list | tuple):
        return [plain(each, what) for each in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: plain(each, what) for key, each in value.items()}
    raise Misuse(f"{what} is of type {type(value).__name__}, and a job's arguments are JSON: give {_instead(value)}.")


def _instead(value: Any) -> str:
    if isinstance(value, date | datetime | time):
        return "its isoformat()"
    if isinstance(value, models.Model):
        return "its pk"
    if isinstance(value, models.QuerySet):
        return "a list of its keys"
    if isinstance(value, set | frozenset):
        return "a sorted list"
    if isinstance(value, dict):
        return "texts as its keys"
    if isinstance(value, float):
        return "a finite number"
    if isinstance(value, str):
        return "a text without NUL and half characters"
    return "its str()"


def unique_key_of(who: str, kind: str, token: str, fields: Iterable[tuple[str, str]]) -> str:
    """The name of one unique_key: the same person, form page and data give the same 64 hex digits."""
    parts = [
        who,
        kind,
        token,
        *(f"{len(name)}:{name}={len(value)}:{value}" for name, value in sorted(fields)),
    ]
    return salted_hmac("task.jobs.submission", "\0".join(parts), algorithm="sha256").hexdigest()
