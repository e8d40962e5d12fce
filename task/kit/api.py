"""What every `api.py` shares: who reads, requests, pages of a list, and errors as problem details (RFC 9457)."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from http import HTTPStatus
from typing import Any, ClassVar, cast

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.utils.crypto import salted_hmac
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from rest_framework import exceptions, serializers
from rest_framework.fields import empty
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.pagination import BasePagination
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle

from task.kit.content_length import content_length
from task.kit.lists import Page, key_values, paginate
from task.kit.proxies import client_ip

PROBLEM = "application/problem+json"
MOST_ERRORS = 100  # in one answer
SENTENCES = {
    400: "The request can't be read. Check that its body is JSON.",
    401: "Log in, or send a token: “Authorization: Token …”.",
    403: "You are not allowed to do this.",
    404: "Not found, or it belongs to somebody else.",
    405: "This address does not take this method. The header Allow lists those that it takes.",
    406: "The answers are JSON. Send “Accept: application/json”.",
    413: "The request is too large. Send it in parts.",
    415: "The body must be JSON. Send “Content-Type: application/json”.",
    500: "The desk hit an error in the program. Staff can see the details.",
    503: "We can't save anything right now. Try again in a moment with the same request.",
}


# Who reads


@dataclass(frozen=True)
class Reader:
    """Whose request it is, and with which rights: a token of staff has a member's, unless it was made for more."""

    user: Any
    is_staff: bool

    @property
    def pk(self) -> Any:
        return self.user.pk

    def has_perm(self, name: str) -> bool:
        return self.is_staff and bool(self.user.has_perm(name))


def reader_of(request: Request) -> Reader:
    """What permissions and look-ups ask. `request.user` stays whom the request comes from."""
    user: Any = request.user
    return Reader(user, is_staff=bool(user.is_staff and getattr(request.auth, "as_staff", True)))


class StaffOnly(BasePermission):
    """A member is not told that there is such an address, as of the pages."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        if not reader_of(request).is_staff:
            raise Http404
        return True


# What comes in


class BoundedJSONParser(JSONParser):
    """JSON of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes, and not nested beyond reading."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        meta = (parser_context or {})["request"].META
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        length = content_length(meta)
        if length is None or length > most:
            raise TooLarge(f"A request takes at most {most // 1_000_000} MB. Send it in parts.")
        try:
            data = super().parse(stream, media_type, parser_context)
            json.dumps(data, ensure_ascii=False).encode()
            return data
        except UnicodeEncodeError:
            raise exceptions.ParseError("The JSON has half a character in it (a lone surrogate).") from None
        except RecursionError:
            raise exceptions.ParseError("The JSON is nested too deeply.") from None
        except exceptions.ParseError as fault:
            why = str(fault.detail).removeprefix("JSON parse error - ").partition(";")[0][:200]
            raise exceptions.ParseError(f"The body is not JSON: {why[:1].lower()}{why[1:]}.") from None


def plain(words: str) -> str:
    """A sentence of the pages without their tags: a time in it is marked up there."""
    return unescape(strip_tags(words)) if isinstance(words, SafeString) else words


class TooLarge(exceptions.APIException):
    status_code = 413
    default_detail = SENTENCES[413]
    default_code = "too_large"


class AnyAnswer(DefaultContentNegotiation):
    """For what answers with a file: whatever the client would rather have."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class Strict(serializers.Serializer[Any]):
    """A request: a field that is not known is a fault, so that no typing error gets lost."""

    def run_validation(self, data: Any = empty) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError({"non_field_errors": ["Send a JSON object, in braces."]})
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [str(name) for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError(dict.fromkeys(unknown, "There is no such field here."))
        return super().to_internal_value(data)


class FormRequest(Strict):
    """A request that is a form of the pages: its fields say what JSON they take, the form says what is wrong with it.

    A subclass declares the fields, and `form_class`. `form()` is the form, valid, or raises ValidationError.
    """

    form_class: ClassVar[Any]

    def as_posted(self) -> QueryDict:
        """The form's data as a page would send it."""
        data = QueryDict(mutable=True)
        for name, value in self.validated_data.items():
            if isinstance(value, bool):
                data.update({name: "on"} if value else {})
            else:
                data.setlist(name, [str(each) for each in value] if isinstance(value, list) else [str(value)])
        return data

    def form(self, **kwargs: Any) -> Any:
        self.is_valid(raise_exception=True)
        form = self.form_class(self.as_posted(), **kwargs)
        if not form.is_valid():
            raise serializers.ValidationError(form.errors)
        return form


# A list


class ByKey(BasePagination):
    """Pages by key, as the lists of the pages have them. The view's `sorts` are theirs."""

    page_size = 25

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        sorts: dict[str, tuple[str, ...]] = view.sorts
        sort = request.query_params.get("sort") or next(iter(sorts))
        if sort not in sorts:
            raise serializers.ValidationError({"sort": f"Sort by one of: {', '.join(sorts)}."})
        self.request, self.ordering = request, sorts[sort]
        self.name = hashlib.sha256(f"{queryset.model._meta.label} {self.ordering}".encode()).hexdigest()[:8]
        page = paginate(queryset, self.ordering, self._position(queryset.model), self.page_size)
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
                words = "This cursor belongs to another list. Begin again without it."
                raise serializers.ValidationError({"cursor": words}) from None
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


# Errors


def problem(status: int, detail: str, **more: Any) -> dict[str, Any]:
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}


def refusal(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """The answer of a view that can't do it."""
    return Response(problem(status, detail, **more), status=status, headers=headers, content_type=PROBLEM)


def answer_problem(status: int, detail: str = "") -> HttpResponse:
    """For whoever answers before or beside REST framework."""
    words = detail or SENTENCES.get(status, HTTPStatus(status).phrase)
    return JsonResponse(problem(status, words), status=status, content_type=PROBLEM)


def handle(fault: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's EXCEPTION_HANDLER: problem details. None: no fault of the request."""
    if isinstance(fault, Http404):
        fault = exceptions.NotFound()
    elif isinstance(fault, PermissionDenied):
        fault = exceptions.PermissionDenied()
    if not isinstance(fault, exceptions.APIException):
        return None
    headers = {}
    if challenge := getattr(fault, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    status, more = fault.status_code, {}
    if isinstance(fault, exceptions.ValidationError):
        errors = list(_errors(fault.detail))
        detail, more = _summary(errors), {"errors": errors[:MOST_ERRORS]}
    elif isinstance(fault, exceptions.Throttled):
        seconds = max(1, math.ceil(getattr(fault, "wait", None) or 1))
        headers["Retry-After"] = str(seconds)
        detail = f"Too many requests. Send the next in {seconds} s."
    elif isinstance(fault, exceptions.PermissionDenied) and str(fault.detail).startswith("CSRF"):
        detail = "Send the CSRF token in the header X-CSRFToken, or log in with a token."
    elif isinstance(fault, _SPOKEN_BY_US):
        detail = SENTENCES[status]
    else:
        detail = str(fault.detail)
    return refusal(status, detail, headers, **more)


_SPOKEN_BY_US = (
    exceptions.NotFound, exceptions.PermissionDenied, exceptions.NotAuthenticated, exceptions.MethodNotAllowed,
    exceptions.NotAcceptable, exceptions.UnsupportedMediaType,
)  # fmt: skip


def _errors(data: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    """{"pointer": where in the request, "detail": a sentence} of each."""
    if isinstance(data, Mapping):
        for name, inner in data.items():
            part = "" if name in ("non_field_errors", "__all__") else f"/{name}"
            yield from _errors(inner, pointer + part)
    elif isinstance(data, list):
        for place, inner in enumerate(data):
            yield from _errors(inner, f"{pointer}/{place}" if isinstance(inner, Mapping | list) else pointer)
    else:
        yield {"pointer": pointer, "detail": str(data)}


def _summary(errors: list[dict[str, str]]) -> str:
    if len(errors) == 1:
        return errors[0]["detail"]
    return f"{len(errors):,} things need fixing; “errors” names them."


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField(default="about:blank")
    title = serializers.CharField(help_text="The status in words.")
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What is wrong, and what to do.")
    errors = serializers.ListField(  # type: ignore[assignment]  # the field of that name
        child=serializers.DictField(child=serializers.CharField()),
        required=False,
        help_text="One a fault: `pointer` says where in the request, `detail` what is wrong there.",
    )


# How often


class Throttle(SimpleRateThrottle):
    """So many requests a minute of one person, or of one address; counted by each process for itself."""

    scope = "everybody"

    @property
    def cache(self) -> Any:  # type: ignore[override]
        return caches["requests"]

    def get_ident(self, request: Any) -> str:
        return client_ip(request)

    def get_rate(self) -> str:
        return f"{settings.API_REQUESTS_A_MINUTE}/min"

    def get_cache_key(self, request: Request, view: Any) -> str:
        user: Any = request.user
        ident = f"person-{user.pk}" if user.is_authenticated else f"address-{self.get_ident(request)}"
        return f"throttle-{ident}"


def fingerprint(request: Request) -> str:
    """Of a request's body, as it was understood."""
    body = json.dumps(cast(Any, request.data), sort_keys=True, default=str)
    # With our own key: it is kept, and a password in it could be guessed quickly.
    return salted_hmac("task.kit.api.fingerprint", body, algorithm="sha256").hexdigest()
