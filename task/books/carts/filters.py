from typing import ClassVar

import django_filters
from django.db.models import QuerySet

from task.books.carts.figures import needy_carts
from task.books.carts.models import Cart


class CartFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=[("mine", "Yours"), ("work", "Need work")], method="narrow")

    class Meta:
        model = Cart
        fields: ClassVar = ["state"]

    def narrow(self, carts: QuerySet[Cart], name: str, wanted: str) -> QuerySet[Cart]:
        if wanted == "work":
            return carts.filter(pk__in=needy_carts(self.request.user))
        return carts.filter(owner=self.request.user.pk)
