"""What the books lists are searched by. The cost of a search does not grow with the table."""

import re
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet

from task.books.isbn import compact, to_isbn13
from task.books.models import Author, Book, BookAuthor, Location
from task.kit.keys import fold_name
from task.kit.lists import prefix

# Candidates are taken from the indexes first, at most so many a column. A condition "title or author begins with"
# would leave the database the choice between sorting all that match and reading all that do not.
MOST = 500


def found_under(model: Any, text: str) -> list[int]:
    """Authors or people whose name, as it is spoken or as it is filed, begins with `text`."""
    key = fold_name(text.replace(",", " "))
    found: dict[int, None] = {}
    for column in ("name_key", "filing_key"):
        rows = model.objects.filter(prefix(column, key)).order_by(column, "id")
        found |= dict.fromkeys(rows.values_list("pk", flat=True)[:MOST])
    return list(found)


class BookFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=Book.State.choices)
    location = django_filters.ModelChoiceFilter(queryset=Location.objects.all())
    q = django_filters.CharFilter(method="search")

    class Meta:
        model = Book
        fields: ClassVar = ["state", "location", "q"]

    capped = False  # there are more matches than were taken

    def search(self, queryset: QuerySet[Book], name: str, text: str) -> QuerySet[Book]:
        key = fold_name(text)[:200]
        if not key:
            return queryset
        state = self.form.cleaned_data.get("state")
        books = Book.objects.filter(state=state) if state else Book.objects.all()
        found = self._first(books.titled(text, MOST + 1))
        found |= self._first(BookAuthor.objects.filter(author__in=found_under(Author, text)), "book")
        digits = compact(text)
        isbn = to_isbn13(text)
        if isbn:
            found |= self._first(Book.objects.filter(isbn=isbn))
        elif re.fullmatch(r"\d{3,12}", digits):
            found |= self._first(Book.objects.filter(prefix("isbn", digits)).order_by("isbn"))
        return queryset.filter(pk__in=found)

    def _first(self, rows: Any, column: str = "pk") -> set[int]:
        keys = list(rows.values_list(column, flat=True)[: MOST + 1])
        self.capped = self.capped or len(keys) > MOST
        return set(keys[:MOST])


def named_like(queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Of authors, people or subjects those whose name begins with `text`."""
    key = fold_name(text)
    if not key:
        return queryset
    if hasattr(queryset.model, "filing_key"):
        return queryset.filter(pk__in=found_under(queryset.model, text))
    return queryset.filter(prefix("name_key", key))
