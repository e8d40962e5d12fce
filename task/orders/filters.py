"""What the list of orders can be narrowed to."""

from typing import ClassVar

import django_filters
from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from task.books.models import Book
from task.kit.search.finding import Found, find
from task.kit.search.numbers import PART
from task.orders.models import Order, OrderQuerySet
from task.orders.search import titled
from task.orders.words import INDEX, is_due

MOST_CANDIDATES = 25


class OrderFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=Order.State.choices)
    q = django_filters.CharFilter(method="search")

    class Meta:
        model = Order
        fields: ClassVar = ["state", "q"]

    candidates: list[Book]  # of several books that the title may mean, the first,
    more = False  # and whether there are others
    found = Found()  # by words
    forgives = False  # what is not found is tried in other spellings

    def search(self, queryset: OrderQuerySet, name: str, text: str) -> QuerySet[Order]:
        """By the number of an order, a book's ISBN, any words of it as it was ordered, or the title that it has now.

        Staff find orders by who ordered, too: by words of the name, or by the whole address.
        """
        self.candidates = []
        if "@" in text:
            people = get_user_model().objects.with_email(text) if self.request.user.is_staff else []
            return queryset.filter(owner__in=list(people))
        book = Book.objects.with_isbn(text).only("pk").first()
        if book is not None:
            return queryset.filter(book=book.pk)
        called = list(queryset.called(text).values_list("pk", flat=True))
        if called and "-" in text:  # a whole number of one; else it may be a word, too: “1984”
            return queryset.filter(pk__in=called)
        if called and len(text) < PART:
            text = f'"{text}"'  # as a whole word: “2” is no beginning of “2026”
        reader = self.request.user
        self.found = find(
            INDEX, text, None if reader.is_staff else reader, by_name=reader.is_staff, forgive=self.forgives
        )
        if keys := [*called, *self.found.keys]:
            return queryset.filter(pk__in=keys)
        return self.by_title(queryset, text)

    def by_title(self, queryset: QuerySet[Order], text: str) -> QuerySet[Order]:
        """Of a book that is called otherwise now; and of all, until they are indexed.

        Of a title that several books have it must be said which: their orders together would have to be sorted.
        """
        books = list(titled(text).only("number", "title", "state")[: MOST_CANDIDATES + 1])
        if len(books) == 1:
            return queryset.filter(book=books[0].pk)
        if is_due():
            self.candidates, self.more = books[:MOST_CANDIDATES], len(books) > MOST_CANDIDATES
        return queryset.none()
