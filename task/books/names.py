"""The rows of authors, people and subjects that a step needs: made where they are missing, mended where they changed.

All in the order of their keys, first the new ones, then the mended: so no two workers wait for each other in a circle.
"""

from collections.abc import Sequence
from typing import Any

from task.books.models import Author, Named
from task.books.search.tasks import renamed
from task.books.sources import Edition, Name
from task.kit.keys import KeyField, fold_name


def upsert(table: type[Named], editions: Sequence[Edition], attribute: str) -> dict[str, int]:
    """The primary key of each of these names by its key."""
    names: dict[str, Name] = {name.key: name for edition in editions for name in getattr(edition, attribute)}
    manager = table._default_manager
    known = {key: row for key, *row in manager.filter(key__in=names).values_list("key", "pk", "name", "locked")}
    keys: dict[str, int] = {key: pk for key, (pk, _, _) in known.items()}
    missing = sorted(names.keys() - keys.keys())
    if missing:
        rows = [table(key=key, name=names[key].name, outside_url=names[key].url) for key in missing]
        manager.bulk_create(rows, ignore_conflicts=True)
        keys |= dict(manager.filter(key__in=missing).values_list("key", "pk"))
    mended: dict[int, str] = {}
    for key, (pk, old, locked) in sorted(known.items()):
        if locked or not is_mended(table, old, names[key]):
            continue
        if manager.filter(pk=pk, locked=False).update(**columns(table, names[key])):
            mended[pk] = names[key].name
    if mended:
        renamed(table, mended)
    return keys


def is_mended(table: type[Named], old: str, new: Name) -> bool:
    """Whether the source calls them something else than it did.

    It keeps an author's name in one place. The others stand in each record anew, here in capitals and there not:
    that would go back and forth.
    """
    if not new.mends or old == new.name:
        return False
    return table is Author or fold_name(old) != fold_name(new.name)


def columns(table: type[Named], name: Name) -> dict[str, Any]:
    """The name, and what is worked out from it."""
    row = table(name=name.name)
    made = (field for field in table._meta.concrete_fields if isinstance(field, KeyField) and field.make)
    found = {field.attname: field.pre_save(row, add=False) for field in made}
    return {"name": name.name, **found, **({"outside_url": name.url} if name.url else {})}
