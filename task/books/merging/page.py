"""What the page of a name tells besides its books: other spellings, and for staff its history."""

from dataclasses import dataclass
from typing import Any

from task.books.merging.changing import why_not
from task.books.merging.doubles import near
from task.books.merging.models import NameChange
from task.books.merging.moving import tables_of
from task.books.models import Named
from task.kit.keys import fold_name

SPELLINGS, LINES = 10, 20
NAMES_OF = ("by__username", "by__first_name", "by__last_name")


@dataclass
class Line:
    change: NameChange
    words: str
    may_undo: bool


def about(named: Named, reader: Any) -> dict[str, Any]:
    context: dict[str, Any] = {"spellings": spellings(named)}
    if reader.is_staff:
        context |= {"near": near(named), "changes": lines(named), "model": str(named._meta.model_name)}
    return context


def spellings(named: Named) -> list[str]:
    """The names of its aliases, each once, but for its own."""
    rows = named.aliases.order_by("id").values_list("name", flat=True)[:SPELLINGS]  # type: ignore[attr-defined]
    by_key = {fold_name(name): name for name in reversed(rows)}
    by_key.pop(fold_name(named.name), None)
    return list(by_key.values())[::-1]


def lines(named: Named) -> list[Line]:
    """Its history, the newest first."""
    target = str(named._meta.model_name)
    own = [column.attname for column in NameChange._meta.concrete_fields]
    rows = NameChange.objects.filter(target=target, name=named.pk).select_related("by", "job", "undo_job")
    changes = list(rows.order_by("-id").only(*own, *NAMES_OF, "job__state", "undo_job__state")[:LINES])
    table, _ = tables_of(target)
    others = table.objects.in_bulk({change.other for change in changes if change.other})
    return [Line(change, words_of(change), not why_not(change, named, others.get(change.other))) for change in changes]


def words_of(change: NameChange) -> str:
    if not change.is_merge:
        did = {"working": "is renaming", "done": "renamed", "undone": "renamed", "stopped": "could not rename"}
        return f"{did[change.state]} “{change.was}” to “{change.now}”"
    if change.state == "done":
        count = change.moved + change.doubles
        return f"merged “{change.was}” into it, {count:,} book{'' if count == 1 else 's'}"
    words = {
        "working": "is undoing the merge of “{}”" if change.undo_job_id else "is merging “{}” into it",
        "undone": "merged “{}” into it, undone since",
        "stopped": "began to merge “{}” into it, and the job stopped",
    }
    return words[change.state].format(change.was)
