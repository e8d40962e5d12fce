"""A name gets another one: it is locked, and its spellings lead to it, so that no answer makes it again."""

from typing import Any

from task.books.merging.models import NameChange
from task.books.merging.moving import tables_of
from task.books.models import Named
from task.books.names import columns
from task.books.search.tasks import renamed
from task.books.sources.edition import Name, key_of
from task.jobs import Fail
from task.kit.keys import fold_name


def taken(named: Named, name: str) -> Named | None:
    """Another one that has this name, or whose alias has it."""
    rows: Any = type(named).objects
    same = rows.filter(name_key=fold_name(name)).exclude(pk=named.pk).exclude(merged_into=named.pk)
    row: Named | None = same.select_related("merged_into").order_by("id").first()
    return row and (row.merged_into or row)


def rename(change: NameChange) -> None:
    """In the transaction that ends its job; another one indexes and files the books. Raises Fail."""
    table, _ = tables_of(change.target)
    row = table.objects.select_for_update().filter(pk=change.name, merged_into=None).first()
    if row is None:
        raise Fail(f"“{change.was}” was deleted or merged, so it has no new name.")
    if other := taken(row, change.now):
        raise Fail(f"There is another “{other.name}” meanwhile. Merge the two.")
    table.objects.filter(pk=row.pk).update(**columns(table, Name(row.key, change.now)), locked=True)
    # Sources without keys of their own know a name by its spelling alone.
    spellings = {key_of(name): name for name in (row.name, change.now)}
    table.objects.bulk_create(
        [table(key=key, name=name, merged_into=row) for key, name in sorted(spellings.items())], ignore_conflicts=True
    )
    renamed(table, {row.pk: change.now})
