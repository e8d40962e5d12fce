"""By which words people are found: written as they change; who was here before is indexed by a job.

Random users are found by their beginnings alone, along the keys of their own rows.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Exists, OuterRef, QuerySet

from task.kit.search.finding import words_of
from task.kit.search.matching import Index
from task.kit.search.upkeep import Behind, came_lately

INDEX = Index("accounts_indexeduser", "user_id", words="accounts_words", columns=("text",), shown=("user_id",))
A_STEP = 500


class IndexedUser(models.Model):
    """The words of a person's names and address, folded.

    The database lets a person go without them: what runs beside this version during an upgrade knows no index.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="indexed",
        db_constraint=False,
    )
    text = models.TextField()

    def __str__(self) -> str:
        return self.text


def index(people: Iterable[Any]) -> None:
    """In the transaction that changes them."""
    IndexedUser.objects.bulk_create(
        rows_of(people), update_conflicts=True, unique_fields=["user"], update_fields=["text"]
    )


def rows_of(people: Iterable[Any]) -> list[IndexedUser]:
    return [IndexedUser(user=person, text=_text(person)) for person in people]


def _text(person: Any) -> str:
    """The first name behind the last one, too: some write theirs so."""
    return words_of(person.get_full_name(), person.first_name, person.username, person.email)


def behind(after: Any) -> Behind:
    """From the newest down, who is not there, or is called otherwise now.

    Until the oldest is there, and as long as code may run that does not index whom it changes.
    """
    people = _people().order_by("-id")
    oldest = people.last()
    is_whole = oldest is None or IndexedUser.objects.filter(pk=oldest.pk).exists()
    if is_whole and not came_lately("accounts", "0008_search"):
        return
    while some := list((people if after is None else people.filter(pk__lt=after))[:A_STEP]):
        after = some[-1].pk
        there = IndexedUser.objects.in_bulk([person.pk for person in some])
        rows = [_changed(row, there.get(row.pk)) for row in rows_of(some)]
        if any(rows):
            yield [row for row in rows if row], after


def _changed(row: IndexedUser, there: IndexedUser | None) -> IndexedUser | None:
    """What is to be written of a person, if anything."""
    if there is None:
        return row
    is_same, there.text = there.text == row.text, row.text
    return None if is_same else there


def left_over() -> QuerySet[IndexedUser]:
    """Of people whom code has deleted that knows no index."""
    return IndexedUser.objects.filter(~Exists(_people().filter(pk=OuterRef("pk")))).only("pk")


def _people() -> Any:
    manager: Any = get_user_model()._default_manager
    return manager.random(False)
