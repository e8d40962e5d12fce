"""What the users list can be narrowed to."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet

from task.accounts.models import User, UserQuerySet
from task.kit.keys import fold, fold_name
from task.kit.lists import prefix

MOST_FOUND = 500  # of each column: a search for "m" costs the same among a thousand users and a million


class UserFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(
        label="Which users",
        field_name="is_random",
        choices=[("people", "People"), ("random", "Random users")],
        empty_label="All users",
        method="of_kind",
    )
    q = django_filters.CharFilter(label="Name, username or email", method="search")

    class Meta:
        model = User
        fields: ClassVar[list[str]] = []

    found_too_many = False

    def of_kind(self, queryset: UserQuerySet, name: str, value: str) -> UserQuerySet:
        return queryset.random(value == "random")

    def search(self, queryset: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Users whose name, username or email begins with `value`: three ranges, each of its own index.

        One query with OR would be sorted whole, or read the whole table for a name that nobody has.
        """
        found: set[Any] = set()
        for column, text in (
            ("name_key", fold_name(value)),
            ("username_key", fold(value)),
            ("email_key", fold(value)),
        ):
            if text:
                hits = queryset.filter(prefix(column, text)).order_by(column).values_list("pk", flat=True)
                keys = list(hits[: MOST_FOUND + 1])
                self.found_too_many |= len(keys) > MOST_FOUND
                found.update(keys[:MOST_FOUND])
        return queryset.filter(pk__in=found)
