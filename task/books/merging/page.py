"""What the page of a name tells besides its books: other spellings, and for staff its history."""

from dataclasses import dataclass
from typing import Any

from task.books.merging.changing import why_not
from task.books.merging.doubles import near
from task.books.merging.models import NameChange
from task.books.merging.moving import tables_of, unfinished
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
        changes = lines(named)
        context |= {
            "near": near(named), "model": str(named._meta.model_name), "changes": changes[:LINES],
            "more_changes": len(changes) > LINES,
        }  # fmt: skip
    return context


def spellings(named: Named) -> list[str]:
    """The names of its aliases, each once, but for its own."""
    rows = named.aliases.order_by("id").values_list("name", flat=True)[:SPELLINGS]  # type: ignore[attr-defined]
    by_key = {fold_name(name): name for name in reversed(rows)}
    by_key.pop(fold_name(named.name), None)
    return list(by_key.values())[::-1]


def lines(named: Named) -> list[Line]:
    """Its history, the newest first, and one more than are shown."""
    target = str(named._meta.model_name)
    own = [column.attname for column in NameChange._meta.concrete_fields]
    rows = NameChange.objects.filter(target=target, name=named.pk).select_related("by", "job", "undo_job")
    changes = list(rows.order_by("-id").only(*own, *NAMES_OF, "job__state", "undo_job__state")[: LINES + 1])
    table, _ = tables_of(target)
    others = table.objects.in_bulk({change.other for change in changes if change.other})
    at_work = unfinished(target, named.pk) if others else set()
    return [
        Line(change, words_of(change), not why_not(change, named, others.get(change.other), at_work))
        for change in changes
    ]


def words_of(change: NameChange) -> str:
    is_undoing = change.undo_job_id is not None
    if not change.is_merge:
        both = f"“{change.was}” to “{change.now}”"
        return {
            "working": f"is undoing the new name “{change.now}”" if is_undoing else f"is renaming {both}",
            "done": f"renamed {both}",
            "undone": f"renamed {both}, undone since",
            "stopped": f"could not rename {both}",
        }[change.state]
    count = change.moved + change.doubles
    into = f"“{change.was}” into this name"
    return {
        "working": f"is undoing the merge of “{change.was}”" if is_undoing else f"is merging {into}",
        "done": f"merged {into}, {count:,} book{'' if count == 1 else 's'}",
        "undone": f"merged {into}, undone since",
        "stopped": f"began to merge {into}, and the job stopped",
    }[change.state]
