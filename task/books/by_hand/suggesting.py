"""Names that are there, while somebody types one: few, along the indexes, with their books counted to an end."""

from typing import Any

from task.books.models import Named
from task.books.record import NAMES
from task.kit.keys import fold_name
from task.kit.lists import prefix

KINDS = {str(table._meta.verbose_name): (table, links) for table, links in NAMES.values()}
SHOWN = 8
COUNTED = 100  # books of a name


def names(kind: str, text: str) -> list[dict[str, Any]]:
    table, links = KINDS[kind]
    return [{"name": row.name, "books": count(links, row)} for row in rows(table, text)]


def rows(table: Any, text: str) -> list[Named]:
    """Those whose name begins so, as it is spoken or as it is filed."""
    key = fold_name(text)
    if not key:
        return []
    found: dict[int, Named] = {}
    columns = ("name_key", "filing_key") if hasattr(table, "filing_key") else ("name_key",)
    for column in columns:
        some = table.objects.remaining().filter(prefix(column, key)).order_by(column, "id")[:SHOWN]
        found |= {row.pk: row for row in some.only("name")}
    return list(found.values())[:SHOWN]


def count(links: Any, row: Named) -> str:
    books = links._default_manager.filter(**{links.target: row.pk})[: COUNTED + 1].count()
    return f"{COUNTED}+ books" if books > COUNTED else f"{books} book{'' if books == 1 else 's'}"
