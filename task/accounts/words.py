"""By which words people are found: written as they change; who was here before is indexed by a job.

Random users are found by their beginnings alone, along the keys of their own rows.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models

from task.kit.search.finding import Behind, words_of
from task.kit.search.matching import Index

INDEX = Index("accounts_indexeduser", "user_id", words="accounts_words", columns=("text",), shown=("user_id",))
A_STEP = 500


class IndexedUser(models.Model):
    """The words of a person's names and address, folded."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="indexed"
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
    """From the newest down, until the oldest is there."""
    manager: Any = get_user_model()._default_manager
    people = manager.random(False).order_by("-id")
    oldest = people.last()
    if oldest is None or IndexedUser.objects.filter(pk=oldest.pk).exists():
        return
    while some := list((people if after is None else people.filter(pk__lt=after))[:A_STEP]):
        after = some[-1].pk
        yield rows_of(some), after
