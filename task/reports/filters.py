"""What the lists of reports and of their repositories are narrowed by."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet

from task.kit.keys import fold
from task.kit.lists import prefix
from task.reports.models import NAME_LENGTH, Report, Repository


class ReportFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=Report.State.choices)

    class Meta:
        model = Report
        fields: ClassVar = ["state"]


class RepositoryFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="search")

    class Meta:
        model = Repository
        fields: ClassVar[list[str]] = []

    def search(self, queryset: QuerySet[Repository], name: str, value: str) -> Any:
        """Those whose name begins so, or whose name with its owner's: "dja" and "encode/" find what one expects."""
        key = fold(value.strip())[:NAME_LENGTH]
        return queryset.filter(prefix("name_key", key) | prefix("full_key", key)) if key else queryset
