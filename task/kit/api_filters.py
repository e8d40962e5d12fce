"""What narrows a list for programs: the filters of the page, and a choice that is no choice is a fault."""

from typing import Any

import django_filters
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request


class Filters(DjangoFilterBackend):  # type: ignore[misc]  # its package has no types
    def get_filterset(self, request: Request, queryset: Any, view: Any) -> Any:
        """The view has it as `filterset`, too: a page of a list may be its matter."""
        view.filterset = super().get_filterset(request, queryset, view)
        return view.filterset

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        filters = getattr(getattr(view, "filterset_class", None), "base_filters", {})
        empty = [
            name
            for name, one in filters.items()
            if isinstance(one, django_filters.ChoiceFilter) and request.query_params.get(name) == ""
        ]
        if empty:
            raise ValidationError(dict.fromkeys(empty, "Choose one, or leave this out for all."))
        return super().filter_queryset(request, queryset, view)
