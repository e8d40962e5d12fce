"""What the schema leaves out, and what it says of every operation without its view having to."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse

from task.kit.api import PROBLEM, SENTENCES, ProblemSerializer, StaffOnly, Strict, TextOrNumber

Endpoint = tuple[str, str, str, Any]

WORDS = {
    403: "Not allowed, or a session without its CSRF token.",
    404: "Not there, or somebody else's.",
    406: SENTENCES[406],
    409: "The first request with this Idempotency-Key is still at work.",
    413: "The request is too large.",
    415: SENTENCES[415],
    422: "This Idempotency-Key belongs to another request.",
    503: SENTENCES[503],
}
SECONDS = {"schema": {"type": "integer", "minimum": 1}, "description": "Seconds until the next try.", "required": True}
HEADERS = {
    "401": {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True}},
    "429": {"Retry-After": SECONDS},
    "503": {"Retry-After": SECONDS},
}
LOCATION = {
    "schema": {"type": "string", "format": "uri"},
    "description": "Where to see what comes of it.",
    "required": True,
}


def addresses_of_the_api(endpoints: list[Endpoint], **_: Any) -> list[Endpoint]:
    """Those under /api/: a second address of the same thing is no other thing."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]


class DeskSchema(AutoSchema):
    """Problems have their own content type, and those that any view may answer with stand in every operation."""

    @property
    def has_key(self) -> bool:
        names = [getattr(parameter, "name", "") for parameter in self.get_override_parameters()]
        return "Idempotency-Key" in names

    def common_problems(self) -> Iterator[int]:
        is_list = self.method == "GET" and self._is_list_view()
        if is_list or "{" in self.path or StaffOnly in self.view.permission_classes:
            yield 404
        yield 406
        if self.method not in ("GET", "HEAD"):
            yield from (403, 413, 415)
        if self.has_key:
            yield from (409, 422)
        yield 503

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        own: dict[str, Any] = super()._get_response_bodies(direction)
        for code in self.common_problems():
            words = OpenApiResponse(ProblemSerializer, WORDS[code])
            own.setdefault(str(code), self._get_response_for_code(words, str(code), None, direction))
        return own

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """Requests end with “Request” as the schema names them."""
        return str(super().get_serializer_name(serializer, direction)).removesuffix("Request")

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        if isinstance(field, TextOrNumber):
            text = {"type": "string", "minLength": 1, "maxLength": field.max_length}
            schema = {"description": field.help_text, "oneOf": [text, {"type": "integer"}]}
        return schema

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if not type(serializer).__doc__:  # what its base says is for who reads the code
            schema.pop("description", None)
        return {**schema, "additionalProperties": False} if isinstance(serializer, Strict) else schema

    def _get_response_for_code(
        self, serializer: Any, status_code: str, media_types: Any = None, direction: Any = "response"
    ) -> dict[str, Any]:
        is_problem = status_code >= "400"
        response: dict[str, Any] = super()._get_response_for_code(  # type: ignore[no-untyped-call]
            serializer, status_code, [PROBLEM] if is_problem else media_types, direction
        )
        headers = dict(HEADERS.get(status_code, {}))
        if self.has_key and status_code in ("201", "202"):
            headers["Location"] = LOCATION
        if headers:
            response["headers"] = {**headers, **response.get("headers", {})}
        return response
