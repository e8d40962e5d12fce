"""What the users list can be narrowed to."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet

from task.accounts.identity import username_key
from task.accounts.models import User, UserQuerySet
from task.accounts.words import INDEX
from task.kit.keys import fold_name
from task.kit.lists import prefix
from task.kit.search.finding import find
from task.kit.search.query import Term, parse

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
    terms: tuple[Term, ...] = ()  # for marks

    def of_kind(self, queryset: UserQuerySet, name: str, value: str) -> UserQuerySet:
        return queryset.random(value == "random")

    def search(self, queryset: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Users whose name, username or email begins with `value`: three ranges, each of its own index.

        One query with OR would be sorted whole, or read the whole table for a name that nobody has. Staff find people
        by any of their words, too.
        """
        found: set[Any] = set()
        if self.request.user.is_staff:
            by_words = find(INDEX, value)
            found.update(by_words.keys)
            self.found_too_many = by_words.more
        self.terms = parse(value).terms
        for column, text in (
            ("name_key", fold_name(value)),
            ("username_key", username_key(value)),
            ("email_key", username_key(value)),  # the beginning of an address: its domain may be half typed
        ):
            if text:
                hits = queryset.filter(prefix(column, text)).order_by(column).values_list("pk", flat=True)
                keys = list(hits[: MOST_FOUND + 1])
                self.found_too_many |= len(keys) > MOST_FOUND
                found.update(keys[:MOST_FOUND])
        return queryset.filter(pk__in=found)
