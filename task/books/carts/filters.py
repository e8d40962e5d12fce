from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet

from task.books.carts.figures import needy_carts
from task.books.carts.models import NEEDS_WORK, Cart, Scan, ScanState


class CartFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=[("mine", "Yours"), ("work", "Need work")], method="narrow")

    class Meta:
        model = Cart
        fields: ClassVar = ["state"]

    def narrow(self, carts: QuerySet[Cart], name: str, wanted: str) -> QuerySet[Cart]:
        if wanted == "work":
            return carts.filter(pk__in=needy_carts(self.request.user))
        return carts.filter(owner=self.request.user.pk)


class ScanFilter(django_filters.FilterSet):
    """Of rows with their state."""

    state = django_filters.ChoiceFilter(choices=[("work", "Need work"), *ScanState.choices], method="narrow")

    class Meta:
        model = Scan
        fields: ClassVar = ["state"]

    def narrow(self, scans: Any, name: str, wanted: str) -> Any:
        return scans.filter(shown__in=NEEDS_WORK if wanted == "work" else (wanted,))
