"""Lists of the administration whose page costs the same however long the table is."""

from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

MOST = 1000  # rows that a list counts and pages through: a search or a filter finds the rest


class LimitedPaginator(Paginator):
    """Counts MOST rows at most, however many there are."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST].count())


class LimitedAdmin(admin.ModelAdmin):
    """A ModelAdmin for a table that may grow long. A filter or search narrows it before an action is for all rows."""

    paginator = LimitedPaginator
    show_full_result_count = False

    def response_action(self, request: HttpRequest, queryset: Any, *args: Any) -> HttpResponse | None:
        # "Select all 1000" would mean every row of the table.
        if request.POST.get("select_across") == "1" and LimitedPaginator(queryset, 1).count >= MOST:
            sentence = f"This may be more than {MOST:,} rows. Narrow the list with a search or a filter first."
            messages.error(request, sentence)
            return None
        return super().response_action(request, queryset, *args)


class ReadOnly(LimitedAdmin):
    """To look at: what changes by itself, or by buttons of its own."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
