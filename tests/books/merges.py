"""Two authors who are one, and what staff do with them, each job at once."""

from typing import Any

from task.books.merging import changing
from task.books.merging.models import NameChange
from task.books.merging.tasks import merge_names, rename
from task.books.models import Author, BookAuthor
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.books.famous import put

LONG, SHORT = "Tolkien, J. R. R.", "J.R.R. Tolkien"


def two(first: str = LONG, second: str = SHORT) -> tuple[Author, Author]:
    put("The Hobbit", first)
    put("The Lord of the Rings", f"Someone Else; {first}")
    put("The Silmarillion", f"{first}; {second}")
    put("Letters", second)
    return Author.objects.get(name=first), Author.objects.get(name=second)


def links(model: Any = BookAuthor) -> set[tuple[Any, ...]]:
    columns = ["book", f"{model.target}__name", "source"] + (["position"] if model is BookAuthor else [])
    return set(model._base_manager.values_list(*columns))


def merge(named: Any, into: Any, by: Any = None) -> NameChange:
    job = merge_names.apply_async(owner=by, rows=lambda job: changing.new_merge(job, named, into))
    execute_all()
    return NameChange.objects.get(job=job.pk)


def undo(change: NameChange, by: Any = None) -> Job:
    job = changing.undo(NameChange.objects.get(pk=change.pk), by)
    execute_all()
    return Job.objects.get(pk=job.pk)


def called(named: Any, name: str, by: Any = None) -> NameChange:
    job = rename.apply_async(owner=by, rows=lambda job: changing.new_rename(job, named, name))
    execute_all()
    return NameChange.objects.get(job=job.pk)
