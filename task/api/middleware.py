"""What is answered for an address of the API before or beside it: problem details, and no page."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from task.kit.api import answer_problem
from task.kit.content_length import content_length

KEPT = ("Allow", "Retry-After", "WWW-Authenticate")


def is_too_large(request: HttpRequest) -> bool:
    """Django calls it a bad request when somebody looks for a form's fields in it."""
    return (content_length(request.META) or 0) > int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)


def problem_details(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        of_api = request.path.startswith("/api/") or request.path == "/books/bulk-create"
        if not of_api or response.status_code < 400 or "json" in response.headers.get("Content-Type", ""):
            return response
        instead = answer_problem(413 if response.status_code == 400 and is_too_large(request) else response.status_code)
        for name in KEPT:
            if name in response.headers:
                instead.headers[name] = response.headers[name]
        instead._has_been_logged = True  # type: ignore[attr-defined]  # as the page that it stands for
        return instead

    return answer
