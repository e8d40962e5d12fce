"""What a merge does in the steps of its job, and what its undo does: links, filing and index of the books of a step.

First the name becomes an alias, then its links are moved: what is linked meanwhile is linked to the one that remains.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from task.books.filing import refile
from task.books.merging.locks import wait_for_names
from task.books.merging.models import KEPT_FOR, MovedLink, NameChange
from task.books.models import Book, BookChange, Link, Named
from task.books.record import NAMES
from task.books.search import index
from task.jobs import Fail

A_STEP = 100  # books
ATTRIBUTES = {links.target: attribute for attribute, (_, links) in NAMES.items()}
UNDONE = "This merge was undone. Merge the names again."
ELSEWHERE = "Another job has undone this, or is undoing it."
TOO_OLD = f"A merge can be undone for {KEPT_FOR.days} days."
AT_WORK = "A merge of “{}” has not ended, or is being undone. Retry or undo that first."


def tables_of(target: str) -> tuple[Any, Any]:
    """The names of a target, and their links."""
    return NAMES[ATTRIBUTES[target]]


def of_name(links: type[Link], name: int | None) -> Any:
    """All links of a name, those of removed books, too."""
    return links._base_manager.filter(**{links.target: name})


# Merging


def pieces(change: NameChange) -> Iterator[list[int]]:
    """Nothing, for the step that makes the alias; then books whose links are to be moved, until there are none."""
    _, links = tables_of(change.target)
    if change.aliases is None:
        yield []
    while books := list(of_name(links, change.other).order_by("book").values_list("book", flat=True)[:A_STEP]):
        yield books


def locked_change(change: NameChange, undo_job: UUID | None = None) -> NameChange:
    """In a step of the merge, or of the job that undoes it. Raises Fail where it is another one's turn to write."""
    there = NameChange.objects.select_for_update().get(pk=change.pk)
    if there.undone or there.undo_job_id != undo_job:
        raise Fail(ELSEWHERE if undo_job else UNDONE)
    return there


def locked_names(change: NameChange) -> dict[int, Named]:
    table, _ = tables_of(change.target)
    keys = (change.name, change.other)
    return {row.pk: row for row in table.objects.select_for_update().filter(pk__in=keys).order_by("pk")}


def make_alias(change: NameChange) -> None:
    """In the first step: from here on its keys and its page lead to the one that remains. Raises Fail."""
    wait_for_names()
    change = locked_change(change)
    table, _ = tables_of(change.target)
    names = locked_names(change)
    for key, name in ((change.other, change.was), (change.name, change.now)):
        if key not in names:
            raise Fail(f"“{name}” was deleted, so there is nothing to merge.")
        if names[key].merged_into_id:
            raise Fail(f"“{name}” was merged into another name meanwhile. Open its page and merge that one.")
    if change.name == change.other or is_unfinished(change.target, change.other):
        raise Fail(AT_WORK.format(change.was))
    aliases = list(table.objects.filter(merged_into=change.other).order_by("pk").values_list("pk", flat=True))
    table.objects.filter(merged_into=change.other).update(merged_into=change.name)
    table.objects.filter(pk=change.other).update(merged_into=change.name)
    NameChange.objects.filter(pk=change.pk).update(aliases=aliases)


def is_unfinished(target: str, key: Any, but: int | None = None) -> bool:
    """Whether books of this name are still on their way, to it or back from it, by another merge than `but`."""
    return bool(unfinished(target, key) - {but})


def unfinished(target: str, key: Any) -> set[int]:
    """Merges whose books are still on their way to this name, or back from it or to it; of many, some."""
    changes = NameChange.objects.filter(target=target, undone=None, kind=NameChange.Kind.MERGED)
    undoing = changes.filter(Q(name=key) | Q(other=key), undo_job__isnull=False)
    back = undoing.filter(Exists(MovedLink.objects.filter(change=OuterRef("pk"))))
    table, _ = tables_of(target)
    aliases = table.objects.filter(merged_into=key).values("pk")
    there = changes.filter(name=key, other__in=aliases, aliases__isnull=False, done=None)
    return {pk for some in (back, there) for pk in some.order_by("id").values_list("pk", flat=True)[:2]}


def move(change: NameChange, books: list[int]) -> tuple[int, int]:
    """In a step: how many links lead to the one that remains now, and how many are gone as the books had both."""
    locked_change(change)
    _, links = tables_of(change.target)
    column, has_position = f"{links.target}_id", links.target == "author"
    lock(books)
    rows = links._base_manager.filter(**{f"{column}__in": (change.name, change.other)}, book__in=books)
    kept, moving = {}, []
    for row in rows:
        if getattr(row, column) == change.name:
            kept[row.book_id] = row
        else:
            moving.append(row)
    doubles = [row for row in moving if row.book_id in kept]
    MovedLink.objects.bulk_create(
        MovedLink(
            change=change, book=row.book_id, source=row.source, is_double=row.book_id in kept,
            position=row.position if has_position else None,
            before=kept[row.book_id].position if has_position and row.book_id in kept else None,
        )
        for row in moving
    )  # fmt: skip
    links._base_manager.filter(pk__in=[row.pk for row in doubles]).delete()
    if has_position:
        first = [kept[row.book_id] for row in doubles if row.position < kept[row.book_id].position]
        positions = {row.book_id: row.position for row in doubles}
        for link in first:
            link.position = positions[link.book_id]
        links._base_manager.bulk_update(first, ["position"])
    gone = {row.pk for row in doubles}
    links._base_manager.filter(pk__in=[row.pk for row in moving if row.pk not in gone]).update(**{column: change.name})
    follow(links, books)
    return len(moving) - len(doubles), len(doubles)


def lock(books: list[int]) -> set[int]:
    """Books before their links and their index, as all who write them; those that there are."""
    rows = Book.with_removed.select_for_update(of=("self",)).filter(pk__in=books).order_by("pk")
    return set(rows.values_list("pk", flat=True))


def follow(links: type[Link], books: list[int]) -> None:
    if links.target == "author":
        refile(books)
    index(books)


# Taking back


def pieces_back(change: NameChange) -> Iterator[list[MovedLink]]:
    """Nothing, for the step that ends the alias; then the links that were moved, until there are none."""
    table, _ = tables_of(change.target)
    if table.objects.filter(pk=change.other, merged_into=change.name).exists():
        yield []
    while moved := list(change.links.order_by("book")[:A_STEP]):
        yield moved


def check_back(change: NameChange) -> None:
    """Raises Fail where the one that remained is an alias itself by now, or gone."""
    table, _ = tables_of(change.target)
    if not table.objects.filter(pk=change.name, merged_into=None).exists():
        raise Fail(f"“{change.now}” was merged into another name or deleted since. Undo that first.")


def end_alias(change: NameChange, undo_job: UUID) -> None:
    """In the first step: the name is one of its own again, and so are the aliases that it had. Raises Fail."""
    wait_for_names()
    change = locked_change(change, undo_job)
    if not change.is_kept:
        raise Fail(TOO_OLD)
    table, _ = tables_of(change.target)
    locked_names(change)
    if is_unfinished(change.target, change.name, but=change.pk):
        raise Fail(AT_WORK.format(change.now))
    table.objects.filter(pk=change.other, merged_into=change.name).update(merged_into=None)
    table.objects.filter(pk__in=change.aliases or [], merged_into=change.name).update(merged_into=change.other)


def move_back(change: NameChange, moved: list[MovedLink], undo_job: UUID) -> tuple[int, int]:
    """In a step: how many links are back, and how many books stay as they are, since they were changed meanwhile."""
    locked_change(change, undo_job)
    table, links = tables_of(change.target)
    books = [each.book for each in moved]
    known = lock(books)
    if not table.objects.filter(pk=change.other, merged_into=None).exists():
        raise Fail(f"“{change.was}” is no name of its own any more, so its books stay at “{change.now}”.")
    column, has_position = f"{links.target}_id", links.target == "author"
    rows = links._base_manager.filter(**{f"{column}__in": (change.name, change.other)}, book__in=books)
    there = {(row.book_id, getattr(row, column)): row for row in rows}
    written = by_people_since(change, books)
    back = [
        each
        for each in moved
        if each.book not in written and (each.book, change.name) in there and (each.book, change.other) not in there
    ]
    others = moved_by_others(change, [each.book for each in back])
    leaving, kept, made = [], [], []
    for each in back:
        link, rest = there[each.book, change.name], others[each.book]
        remains, position = without(each, rest)
        if not remains:
            leaving.append(link.pk)
            continue
        made.append(links(book_id=each.book, source=each.source, **{column: change.other}))
        if has_position:
            made[-1].position, link.position = each.position, position
        if not each.is_double:
            link.source = rest[0].source
        kept.append(link)
    links._base_manager.filter(pk__in=leaving).update(**{column: change.other})
    links._base_manager.bulk_create(made)
    links._base_manager.bulk_update(kept, ["source", "position"] if has_position else ["source"])
    MovedLink.objects.bulk_update([other for rest in others.values() for other in rest], ["is_double", "before"])
    MovedLink.objects.filter(pk__in=[each.pk for each in moved]).delete()
    follow(links, books)
    return len(back), len(known) - len(back)


def moved_by_others(change: NameChange, books: list[int]) -> defaultdict[int, list[MovedLink]]:
    """By book what other merges moved to the same name, in their order."""
    merges = NameChange.objects.filter(target=change.target, name=change.name, undone=None).exclude(pk=change.pk)
    by_book = defaultdict(list)
    for each in MovedLink.objects.filter(change__in=merges.order_by(), book__in=books).order_by("change"):
        by_book[each.book].append(each)
    return by_book


def without(one: MovedLink, rest: list[MovedLink]) -> tuple[bool, int | None]:
    """The book as if `one` had never come: whether the name that remained is still there, and where it stands.

    It is, where the book had it itself, or another merge brought it. The first of these is a double no more then.
    """
    first = min(one, *rest, key=lambda each: each.change_id) if rest else one
    remains, position = first.is_double, first.before
    for each in rest:
        each.is_double, each.before = remains, position
        places = [place for place in (position, each.position) if place is not None]
        remains, position = True, min(places, default=None)
    return remains, position


def by_people_since(change: NameChange, books: list[int]) -> set[int]:
    """Books in which a person has written these names after the merge."""
    since = BookChange.objects.filter(book__in=books, source="", created__gt=change.created)
    written = since.filter(fields__has_key=ATTRIBUTES[change.target])
    return set(written.values_list("book", flat=True))
