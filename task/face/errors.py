"""The pages of errors, as the URLs and the settings name them."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from task.face.away import answer_away
from task.kit.away import is_away


def page_of_error(request: HttpRequest, status: int) -> HttpResponse:
    """The page `<status>.html`, in the frame that all pages have."""
    return render(request, f"{status}.html", status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page_of_error(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page_of_error(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page_of_error(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", {"no_cookies": not request.COOKIES}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without a context and without the database, for what failed may be just these; at the worst without its look."""
    fault = sys.exc_info()[1]
    if fault is not None and is_away(fault):  # met by a middleware, or by the page of another error
        return answer_away(request, fault)
    try:
        page: str = render_to_string("500.html")
    except Exception:
        page = "<!doctype html><title>Error 500</title><p>Something went wrong on our side. Try again in a moment."
    return HttpResponse(page, status=500)
