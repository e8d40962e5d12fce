"""What the list of emails can be narrowed to."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet

from task.emails.models import KEY_LENGTH, Email
from task.kit.keys import fold, fold_name
from task.kit.lists import prefix

MOST_FOUND = 500  # by the address, and by the subject: a search costs the same in a month of few emails and of many

# What nothing is known of yet is not confirmed either: its job sends it just now, or ended in the middle of it.
STATES = [("sent", "sent"), ("failed", "not sent"), ("sending", "not confirmed")]


class EmailFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=STATES)
    q = django_filters.CharFilter(method="search")

    class Meta:
        model = Email
        fields: ClassVar = ["state", "q"]

    found_too_many = False

    def search(self, queryset: QuerySet[Email], name: str, text: str) -> QuerySet[Email]:
        """Those whose recipient or subject begins so: two ranges, each of its own index, and in any state.

        A range narrowed to a state that few are in would be read whole.
        """
        found: set[Any] = set()
        for column, key in (("to_key", fold(text.strip())), ("subject_key", fold_name(text))):
            if key:
                hits = Email.objects.filter(prefix(column, key[:KEY_LENGTH])).order_by(f"-{column}", "-created", "-id")
                keys = list(hits.values_list("pk", flat=True)[: MOST_FOUND + 1])
                self.found_too_many |= len(keys) > MOST_FOUND
                found.update(keys[:MOST_FOUND])
        return queryset.filter(pk__in=found)
