"""List pages: a queryset, filters, sorts. Pages are found by key, never counted: page 1,000 costs what page 1 costs."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

from task.kit.partials import PartialPage

PAGE_PARAMETERS = ("after", "before", "last")


def prefix(name: str, text: str) -> Q:
    """Rows whose column `name` begins with `text`, as a range that an ordinary index serves on every database.

    The column sorts by code point and holds folded text (`keys.KeyField`).
    """
    return Q(**{f"{name}__gte": text, f"{name}__lt": text + "\U0010ffff"})


@dataclass
class Page:
    """Rows of a list, and the queries (`?after=…`) of the pages around them; "" where there is none."""

    rows: list[Any] = field(default_factory=list)
    first_url: str = ""
    previous_url: str = ""
    next_url: str = ""
    last_url: str = ""


def paginate(queryset: QuerySet[Any], ordering: Sequence[str], params: QueryDict, size: int) -> Page:
    """The page of `queryset` that `params` ask for by `after`, `before` or `last`.

    `ordering` names indexed columns without nulls, the last of them unique. Costs one query of `size` + 1 rows. A key
    that does not parse, or lies behind the end, gives the first page.
    """
    backwards = "last" in params or "before" in params
    found = _rows(queryset, ordering, params, size, backwards)
    if not found and any(name in params for name in PAGE_PARAMETERS):
        backwards, params = False, without_page(params)
        found = _rows(queryset, ordering, params, size, False)
    rows, more = found[:size], len(found) > size
    if backwards:
        rows.reverse()
    before, after = (more, "last" not in params) if backwards else ("after" in params, more)
    page = Page(rows)
    if before and rows:
        page.first_url = page_url(params)
        page.previous_url = page_url(params, before=_key(rows[0], ordering))
    if after and rows:
        page.next_url = page_url(params, after=_key(rows[-1], ordering))
        page.last_url = page_url(params, last="1")
    return page


def _rows(queryset: QuerySet[Any], ordering: Sequence[str], params: QueryDict, size: int, backwards: bool) -> list[Any]:
    order = [flipped(name) for name in ordering] if backwards else list(ordering)
    try:
        position = key_values(queryset.model, ordering, params.get("before" if backwards else "after", ""))
    except ValueError:
        position = None
    if position is not None:
        queryset = queryset.filter(beyond(order, position))
    return list(queryset.order_by(*order)[: size + 1])


def beyond(order: Sequence[str], position: Sequence[Any]) -> Q:
    """Rows behind `position`. The first condition is implied by the others, and what lets the index begin there."""
    name, value = order[0].removeprefix("-"), position[0]
    operator = "lt" if order[0].startswith("-") else "gt"
    behind = Q(**{f"{name}__{operator}": value})
    if len(order) == 1:
        return behind
    return Q(**{f"{name}__{operator}e": value}) & (behind | (Q(**{name: value}) & beyond(order[1:], position[1:])))


def flipped(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"


def _key(row: Model, ordering: Sequence[str]) -> str:
    return key_of([getattr(row, name.removeprefix("-")) for name in ordering])


def key_of(values: Sequence[Any]) -> str:
    """What `after` and `before` name a place of a list by: the values of its ordering's columns there."""
    texts = [value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")


def key_values(model: type[Model], ordering: Sequence[str], key: str) -> list[Any] | None:
    """The values of the columns at which a page begins; None for the first. Raises ValueError for another order's."""
    try:
        return _values(model, ordering, key)
    except (TypeError, OverflowError, RecursionError, ValidationError, binascii.Error) as fault:
        raise ValueError("This key belongs to another order.") from fault


def _values(model: type[Model], ordering: Sequence[str], key: str) -> list[Any] | None:
    if not key:
        return None
    texts = json.loads(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
    if not isinstance(texts, list) or len(texts) != len(ordering) or "\0" in "".join(texts):
        raise ValueError("This key belongs to another order.")
    "".join(texts).encode()  # half a character is none
    fields: list[Any] = [model._meta.get_field(name.removeprefix("-")) for name in ordering]
    values = [column.to_python(text) for column, text in zip(fields, texts, strict=True)]
    values = [value.astimezone(UTC) if isinstance(value, datetime) else value for value in values]
    if any(isinstance(value, int) and abs(value) >= 2**63 for value in values):
        raise ValueError("No row has such a number.")
    return values


def without_page(params: QueryDict) -> QueryDict:
    rest = params.copy()
    for name in PAGE_PARAMETERS:
        rest.pop(name, None)
    return rest


def page_url(params: QueryDict, **position: str) -> str:
    rest = without_page(params)
    rest.update(position)
    return f"?{rest.urlencode()}"


class ListPage(PartialPage):
    """A list page is a declaration: which rows, which filters, which orders.

    `sorts` maps the value of `?sort=` to an ordering of indexed columns that ends with a unique one; the first is the
    default. `queryset` defers what the page does not show; `filterset_class` is a FilterSet of django-filter's. The
    choices of a filter `state` are the page's tabs (`_tabs.html`). The template gets `rows`, `page` (a Page), `filter`,
    `sort`, `sorts`, `query`, and with tabs `states` and `state`. With a filter `q`, or with `own_search`, it has a
    search field of its own, and the header has none.
    """

    queryset: ClassVar[Any] = None
    filterset_class: ClassVar[Any] = None
    sorts: ClassVar[dict[str, tuple[str, ...]]] = {}
    page_size = 25
    own_search: ClassVar[bool] = False

    def get_queryset(self) -> QuerySet[Any]:
        if self.queryset is None:
            raise ImproperlyConfigured(f"{type(self).__name__} names no queryset.")
        rows: QuerySet[Any] = self.queryset.all()
        return rows

    def get_sorts(self) -> dict[str, tuple[str, ...]]:
        """The orders on offer; a view that can't serve one flat for a given filter leaves it out."""
        return self.sorts

    def get_filter(self, queryset: QuerySet[Any]) -> Any:
        return self.filterset_class(self.request.GET, queryset=queryset, request=self.request)

    def get_page(self, chosen: Any, queryset: QuerySet[Any], sort: str, ordering: Sequence[str]) -> Page:
        return paginate(queryset, ordering, self.request.GET, self.page_size)

    def get_tabs(self, chosen: Any) -> dict[str, Any]:
        """`states`: (value, words, whether it is open) of each; `state`: the value of the open one, "" for all."""
        if chosen is None or "state" not in chosen.form.fields:
            return {}
        choices = [("", "All"), *(choice for choice in chosen.form.fields["state"].choices if choice[0])]
        wanted = self.request.GET.get("state", "")
        state = wanted if wanted in dict(choices) else ""  # of what is no state, all are listed
        return {"states": [(value, words, value == state) for value, words in choices], "state": state}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        params = self.request.GET
        queryset, chosen = self.get_queryset(), None
        if self.filterset_class is not None:
            chosen = self.get_filter(queryset)
            queryset = chosen.qs
        sorts = self.get_sorts()
        sort = params.get("sort", "")
        sort = sort if sort in sorts else next(iter(sorts))
        page = self.get_page(chosen, queryset, sort, sorts[sort])
        own = {"rows": page.rows, "page": page, "filter": chosen, "sort": sort, "sorts": list(sorts)}
        own["own_search"] = self.own_search or (chosen is not None and "q" in chosen.filters)
        return super().get_context_data(**own, **self.get_tabs(chosen), query=params.get("q", ""), **kwargs)
