"""What the desk's own middlewares change in a request, or in its answer."""

import re
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from task.kit import traces
from task.kit.content_length import content_length
from task.kit.later import id_before
from task.kit.once_more import FAULTS
from task.kit.zones import zone_named

GetResponse = Callable[[HttpRequest], HttpResponse]


def with_request_id(get_response: GetResponse) -> GetResponse:
    """X-Request-ID of the proxy, if there is one and it makes sense; else a new one. The answer and the log have it."""

    def answer(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "") if settings.TRUSTED_PROXIES else ""
        made = id_before(request.META) or uuid4().hex
        number = given if re.fullmatch(r"[A-Za-z0-9._-]{8,64}", given) else made
        with traces.of_request(number):
            response = get_response(request)
        response.headers["X-Request-ID"] = number
        return response

    return answer


def keep_private(get_response: GetResponse) -> GetResponse:
    """What is drawn for one person stays in no cache, and is not there for the next one at the same screen.

    All pages: those of strangers carry tokens of forms, and the menu shows who is logged in. Static files are answered
    before this, and a view that knows better says so itself.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return answer


def no_camera(get_response: GetResponse) -> GetResponse:
    """For no answer, static files and errors too. The page that reads barcodes says otherwise itself."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", "camera=()")
        return response

    return answer


def refuse_too_large(get_response: GetResponse) -> GetResponse:
    """Before a byte of it is read: a file is stored on the disk while it comes, whatever its form says of it then."""

    def answer(request: HttpRequest) -> HttpResponse:
        if (content_length(request.META) or 0) > settings.LARGEST_REQUEST:
            most = f"{settings.LARGEST_REQUEST // 1_000_000} MB"
            lede = f"Nothing was saved. A form takes at most {most}: go back and send it in parts."
            return render(request, "413.html", {"lede": lede}, status=413)
        return get_response(request)

    return answer


def without_nul(get_response: GetResponse) -> GetResponse:
    """PostgreSQL takes no NUL in a text, and nobody types one into an address."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", ""):
            typed = QueryDict(mutable=True)
            for name, values in request.GET.lists():
                typed.setlist(name.replace("\0", ""), [value.replace("\0", "") for value in values])
            typed._mutable = False
            request.GET = typed  # type: ignore[assignment]
        return get_response(request)

    return middleware


def explain_buttons(get_response: GetResponse) -> GetResponse:
    """Who comes to a button's address by a link (as after a log-in) gets a page, and a way back."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 405 or request.method != "GET" or request.path.startswith("/admin/"):
            return response
        page = render(request, "405.html", {"back": page_above(request.path)}, status=405)
        page.headers["Allow"] = response.headers.get("Allow", "")
        return page

    return middleware


def page_above(path: str) -> str:
    above = path.rstrip("/").rpartition("/")[0] + "/"
    try:
        resolve(above)
    except Resolver404:
        return "/"
    return above


def in_readers_zone(get_response: GetResponse) -> GetResponse:
    """Times are the reader's: of the zone in their profile, else of their browser, which `times.js` tells by a cookie.

    Else of the desk. What runs in a worker knows no reader, and has the desk's.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        with timezone.override(zone_named(own_zone(request)) or zone_named(request.COOKIES.get("zone", ""))):
            return get_response(request)

    return answer


def own_zone(request: HttpRequest) -> str:
    try:
        return str(getattr(request.user, "time_zone", ""))
    except FAULTS:  # the view meets the same, and answers it
        return ""


def vary_by_partial(get_response: GetResponse) -> GetResponse:
    """A page and its live part have one address, and a browser's cache must not take one for the other."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        return response

    return answer
