"""Pages of a list that no index has: its order's index is read, and what does not belong to the list is left out.

`lists.paginate` is for all others. At most MOST_READ rows are read for a page. Where they hold fewer than a page's, the
page is shorter and leads on from there: nothing is left out, and no page costs more than that.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from task.kit.lists import Page, beyond, flipped, key_of, key_values, page_url

MOST_READ = 2000
FIRST, LARGEST = 100, 2000  # rows read at once

Keep = Callable[[list[int]], list[int]]  # of these primary keys those that belong to the list, in the same order


def walk(queryset: QuerySet[Any], ordering: Sequence[str], params: QueryDict, size: int, keep: Keep) -> Page:
    """The page of `queryset` that `params` ask for by `after`, `before` or `last`; `ordering` as of `paginate`."""
    backwards = "last" in params or "before" in params
    try:
        begin = key_values(queryset.model, ordering, params.get("before" if backwards else "after", ""))
    except ValueError:
        begin = None
    order = [flipped(name) for name in ordering] if backwards else list(ordering)
    columns = [name.removeprefix("-") for name in ordering]
    keys = queryset.order_by(*order).values_list("pk", *columns)
    found: dict[int, list[Any]] = {}
    position, read, chunk, is_end = begin, 0, FIRST, False
    while len(found) <= size and read < MOST_READ and not is_end:
        some = {pk: values for pk, *values in (keys.filter(beyond(order, position)) if position else keys)[:chunk]}
        found |= {pk: some[pk] for pk in keep(list(some))}
        is_end = len(some) < chunk
        position = list(some.values())[-1] if some else position
        read, chunk = read + len(some), min(LARGEST, chunk * 4)
    shown = list(found)[:size]
    rows = {row.pk: row for row in queryset.filter(pk__in=shown)}
    page = Page([rows[pk] for pk in shown if pk in rows])
    more = len(found) > size or not is_end
    # Where reading ended early the next page begins behind what was read, and not behind what was shown.
    end = found[shown[-1]] if len(found) > size else position
    if backwards:
        page.rows.reverse()
        start = found[shown[0]] if shown else begin
        before, after, first, last = more, "last" not in params, end, start
    else:
        start = found[shown[0]] if shown else begin
        before, after, first, last = bool(begin), more, start, end
    if before and first:
        page.first_url, page.previous_url = page_url(params), page_url(params, before=key_of(first))
    if after and last:
        page.next_url, page.last_url = page_url(params, after=key_of(last)), page_url(params, last="1")
    return page
