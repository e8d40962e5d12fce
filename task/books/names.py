"""The rows of authors, people and subjects that a step needs: made where they are missing, mended where they changed.

All in the order of their keys, first the new ones, then the mended: so no two workers wait for each other in a circle.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from task.books.merging.locks import hold_names
from task.books.models import Author, Named
from task.books.search.tasks import renamed
from task.books.sources import Edition, Name
from task.kit.keys import KeyField, fold_name


def upsert(table: type[Named], editions: Sequence[Edition], attribute: str) -> dict[str, int]:
    """The primary key of each of these names by its key: of an alias that of the one that remains."""
    names: dict[str, Name] = {name.key: name for edition in editions for name in getattr(edition, attribute)}
    if not names:
        return {}
    hold_names()
    manager: Any = table._default_manager
    rows = manager.filter(key__in=names)
    known = {key: row for key, *row in rows.values_list("key", "pk", "name", "locked", "merged_into_id")}
    keys: dict[str, int] = {key: into or pk for key, (pk, _, _, into) in known.items()}
    missing = sorted(names.keys() - keys.keys())
    if missing:
        new = [table(key=key, name=names[key].name, outside_url=names[key].url) for key in missing]
        manager.bulk_create(new, ignore_conflicts=True)
        made = manager.filter(key__in=missing).values_list("key", "pk", "merged_into_id")
        keys |= {key: into or pk for key, pk, into in made}
    mended: dict[int, str] = {}
    for key, (pk, old, locked, into) in sorted(known.items()):
        if locked or into or not is_mended(table, old, names[key]):
            continue
        if manager.filter(pk=pk, locked=False, merged_into=None).update(**columns(table, names[key])):
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


def led(table: type[Named], pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Keys and names as they are linked: each once, of an alias those of the one that remains."""
    given = list(pairs)
    manager: Any = table._default_manager
    aliases = manager.filter(key__in=[key for key, _ in given]).exclude(merged_into=None)
    led_to = {key: pair for key, *pair in aliases.values_list("key", "merged_into__key", "merged_into__name")}
    return list(dict((led_to.get(key, (key, name))) for key, name in given).items())
