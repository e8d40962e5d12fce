"""By which words people are found: written as they change; who was here before is indexed by a job."""

from typing import Any

from task.accounts.models import IndexedUser, User, indexed
from task.kit.search.finding import Behind
from task.kit.search.matching import Index

INDEX = Index("accounts_indexeduser", "user_id", words="accounts_words", columns=("text",), shown=("user_id",))
A_STEP = 500


def behind(after: Any) -> Behind:
    people = User.objects.random(False).order_by("-id")
    oldest = people.last()
    if oldest is None or IndexedUser.objects.filter(pk=oldest.pk).exists():
        return
    while some := list((people if after is None else people.filter(pk__lt=after))[:A_STEP]):
        after = some[-1].pk
        yield indexed(some), after
