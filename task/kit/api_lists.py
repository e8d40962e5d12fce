"""A list for programs: pages by key, as the lists of the pages have them."""

import hashlib
from typing import Any

from django.http import QueryDict
from rest_framework import exceptions, serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from task.kit.lists import Page, key_values, paginate


class OtherList(exceptions.APIException):
    """404, as of REST framework's own cursors: there is no such page."""

    status_code = 404
    default_detail = "This cursor belongs to another list. Begin again without it."


class ByKey(BasePagination):
    """The view's `sorts` are those of the page."""

    page_size = 25

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        sorts: dict[str, tuple[str, ...]] = view.sorts
        sort = request.query_params.get("sort", next(iter(sorts)))
        if sort not in sorts:
            raise serializers.ValidationError({"sort": f"Sort by one of: {', '.join(sorts)}."})
        self.request, self.ordering = request, sorts[sort]
        self.name = hashlib.sha256(f"{queryset.model._meta.label} {self.ordering}".encode()).hexdigest()[:8]
        position = self._position(queryset.model)
        get_page = getattr(view, "get_page", None)
        page = (
            get_page(queryset, sort, self.ordering, position, self.page_size)
            if get_page
            else paginate(queryset, self.ordering, position, self.page_size)
        )
        self.page: Page = page
        return page.rows

    def _position(self, model: Any) -> QueryDict:
        params = QueryDict(mutable=True)
        if cursor := self.request.query_params.get("cursor", ""):
            name, _, place = cursor.partition(".")
            direction, _, key = place.partition(".")
            try:
                if name != self.name or direction not in ("after", "before"):
                    raise ValueError(cursor)
                key_values(model, self.ordering, key)
            except ValueError:
                raise OtherList from None
            params[direction] = key
        return params

    def _url(self, query: str) -> str | None:
        """The address of the page that `?after=…` or `?before=…` names."""
        params = QueryDict(query.removeprefix("?"))
        found = next(((way, params[way]) for way in ("after", "before") if way in params), None)
        if found is None:
            return None
        query_params = self.request.query_params.copy()
        query_params["cursor"] = f"{self.name}.{found[0]}.{found[1]}"
        return self.request.build_absolute_uri(f"{self.request.path}?{query_params.urlencode()}")

    def get_paginated_response(self, data: Any) -> Response:
        page = self.page
        return Response({"next": self._url(page.next_url), "previous": self._url(page.previous_url), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        def parameter(name: str, words: str, **schema: Any) -> dict[str, Any]:
            return {
                "name": name, "in": "query", "required": False, "description": words,
                "schema": {"type": "string", **schema},
            }  # fmt: skip

        return [
            parameter("sort", "The order of the list.", enum=list(view.sorts)),
            parameter("cursor", "Where the page begins: of `next` and `previous`."),
        ]
