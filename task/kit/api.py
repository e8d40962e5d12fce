"""What every `api.py` shares: who reads, requests, and errors as problem details (RFC 9457)."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from http import HTTPStatus
from typing import Any, ClassVar, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import File
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.utils.crypto import salted_hmac
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from rest_framework import exceptions, serializers
from rest_framework.fields import empty, get_error_detail
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from task.kit.api_throttles import Refusals
from task.kit.content_length import content_length

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

    @property
    def email(self) -> str:
        return str(self.user.email)

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


class TextOrNumber(serializers.CharField):
    """For ISBNs: programs that keep them as numbers send them as numbers."""


# REST framework reads "yes" as true and 12 as "12", as forms need it. The schema says what JSON a field takes.
JSON_TYPES: tuple[tuple[Any, Any, str], ...] = (
    (serializers.BooleanField, bool, "Send true or false, without quotes."),
    (serializers.IntegerField, (int, float), "Send a whole number, without quotes."),
    (TextOrNumber, (str, int), "Send text, in quotes."),
    ((serializers.CharField, serializers.UUIDField), str, "Send text, in quotes."),
)


def wrong_type(field: Any, value: Any) -> str:
    """What is wrong with a value that is not of the field's JSON type, or longer than the schema says, else "".

    The length is that of what was sent: a field takes spaces off before it counts.
    """
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        return next((fault for each in value if (fault := wrong_type(field.child, each))), "")
    for kind, types, words in JSON_TYPES:
        if value is not None and isinstance(field, kind):
            is_right = isinstance(value, types) and (types is bool or not isinstance(value, bool))
            most = getattr(field, "max_length", None)
            if is_right and most and isinstance(value, str) and len(value) > most:
                return f"This is too long: at most {most:,} characters."
            return "" if is_right else words
    return ""


class WholeNumber(serializers.IntegerField):
    """The schema tells its bounds; a form checks them, in its own sentence."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.min_value, self.max_value = least, most


class Strict(serializers.Serializer[Any]):
    """A request: a field that is not known is a fault, so that no typing error gets lost; and so is another type."""

    def run_validation(self, data: Any = empty) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError({"non_field_errors": ["Send a JSON object, in braces."]})
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [str(name) for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError(dict.fromkeys(unknown, "There is no such field here."))
            faults = {name: wrong_type(self.fields[name], value) for name, value in data.items()}
            if any(faults.values()):
                raise serializers.ValidationError({name: fault for name, fault in faults.items() if fault})
        return super().to_internal_value(data)


class FormRequest(Strict):
    """A request that is a form of the pages: its fields say what JSON they take, the form says what is wrong with it.

    A subclass declares the fields, and `form_class`. `form()` is the form, valid, or raises ValidationError.
    """

    form_class: ClassVar[Any]

    def get_fields(self) -> dict[str, Any]:
        """With the form's own sentences for what is missing."""
        fields: dict[str, Any] = super().get_fields()
        for name in fields.keys() & self.form_class.base_fields:
            words = self.form_class.base_fields[name].error_messages["required"]
            fields[name].error_messages |= dict.fromkeys(("required", "null", "blank"), words)
        return fields

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
            faults = form.errors.as_data().items()
            raise serializers.ValidationError({name: get_error_detail(ValidationError(each)) for name, each in faults})
        return form


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
    if isinstance(fault, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        refusals = Refusals()
        if not refusals.allow_request(context["request"], context["view"]):
            fault = exceptions.Throttled(refusals.wait())
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


def in_words(value: Any) -> str:
    """What JSON does not know, as a text that differs where the value does."""
    if not isinstance(value, File):
        return str(value)
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return f"{value.name} {digest.hexdigest()}"


def fingerprint(request: Request) -> str:
    """Of a request's body, as it was understood; of a file its name and all its bytes."""
    body = json.dumps(cast(Any, request.data), sort_keys=True, default=in_words)
    # With our own key: it is kept, and a password in it could be guessed quickly.
    return salted_hmac("task.kit.api.fingerprint", body, algorithm="sha256").hexdigest()
