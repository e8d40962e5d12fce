"""What pages and programs want of names becomes rows and jobs here."""

from collections.abc import Set
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.text import Truncator

from task.books.merging.models import NameChange, NoDouble
from task.books.merging.moving import AT_WORK, TOO_OLD, tables_of, unfinished
from task.books.merging.tasks import rename, undo_merge
from task.books.models import Named
from task.jobs.models import Job

SHORT = 60  # letters of a name in the title of a job
NOTHING = "Its job changed nothing, so there is nothing to undo."


class NotUndone(Exception):
    """Why it can't be undone, as a sentence."""


def found(target: str, pk: int) -> Named:
    """The name of this id, with the one that it leads to where it is an alias."""
    table, _ = tables_of(target)
    row: Named = get_object_or_404(table.objects.select_related("merged_into"), pk=pk)
    return row


def one_that_remains(target: str, pk: int) -> Named:
    """Raises Http404 for an alias, too."""
    row = found(target, pk)
    if row.merged_into:
        raise Http404("It was merged into another.")
    return row


def new_merge(job: Job, named: Named, into: Named) -> dict[str, Any]:
    """The row of a merge, in the transaction of its job."""
    return _new(job, NameChange.Kind.MERGED, into, other=named.pk, was=named.name, now=into.name)


def new_rename(job: Job, named: Named, name: str) -> dict[str, Any]:
    return _new(job, NameChange.Kind.RENAMED, named, was=named.name, now=name)


def _new(job: Job, kind: str, named: Named, **values: Any) -> dict[str, Any]:
    target = str(named._meta.model_name)
    change = NameChange.objects.create(target=target, kind=kind, name=named.pk, by=job.owner, job=job, **values)
    return {"change": change.pk, "title": title_of(change)}


def title_of(change: NameChange) -> str:
    was, now = (Truncator(name).chars(SHORT) for name in (change.was, change.now))
    return f"Merge “{was}” into “{now}”" if change.is_merge else f"Rename “{was}” to “{now}”"


# Undo


def now_of(change: NameChange) -> tuple[Named | None, Named | None, Set[int]]:
    """Its rows as they are now, and the merges of its name that are at work: what `why_not` asks for."""
    table, _ = tables_of(change.target)
    rows = table.objects.in_bulk([key for key in (change.name, change.other) if key])
    at_work = unfinished(change.target, change.name) if change.is_merge else set()
    return rows.get(change.name), rows.get(change.other), at_work


def why_not(change: NameChange, name: Named | None, other: Named | None, at_work: Set[int]) -> str:
    """Why it can't be undone; "" where it can."""
    if change.undone:
        return "This is undone already."
    if change.is_working:
        return "Its job is still at work. Wait until it has ended."
    if not change.is_merge:
        if change.done is None:
            return NOTHING
        is_same = name and not name.merged_into_id and name.name == change.now
        return "" if is_same else f"“{change.now}” was changed again since."
    if change.aliases is None:
        return NOTHING
    if name is None or name.merged_into_id:
        return f"“{change.now}” was merged into another name or deleted since. Undo that first."
    if other is None:
        return f"“{change.was}” was deleted since."
    if other.merged_into_id != change.name and change.undo_job_id is None:
        return NOTHING
    if not change.is_kept:
        return TOO_OLD
    return AT_WORK.format(change.now) if at_work - {change.pk} else ""


def undo(change: NameChange, by: Any, unique_key: str | None = None) -> Job:
    """The job that takes it back. Raises NotUndone."""
    name, other, at_work = now_of(change)
    if words := why_not(change, name, other, at_work):
        raise NotUndone(words)

    def claim(job: Job) -> dict[str, Any]:
        """Of two who want it at once one has it."""
        mine = NameChange.objects.filter(pk=change.pk, undone=None, undo_job=change.undo_job_id)
        if not mine.update(undo_job=job):
            raise NotUndone("Somebody else is undoing this.")
        if change.is_merge:
            return {"title": f"Undo: {title_of(change)}"}
        assert name is not None
        return new_rename(job, name, change.was) | {"undoes": change.pk}

    if change.is_merge:
        return undo_merge.apply_async(kwargs={"change": change.pk}, owner=by, rows=claim, unique_key=unique_key)
    return rename.apply_async(owner=by, rows=claim, unique_key=unique_key)


# Two that look alike


def dismiss(target: str, one: Named, other: Named, by: Any) -> None:
    """They are two: nobody is asked again."""
    first, second = sorted((one.pk, other.pk))
    NoDouble.objects.get_or_create(target=target, one=first, other=second, defaults={"by": by})
