"""The answers while the database can't be reached or written. They need neither it nor anybody's session.

A form's own view answers first (`OnceMore`). What is here is for all other views, and for what a middleware meets.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

from task.kit.away import away_in, calm, place_of
from task.kit.connections import drop_broken_connections
from task.kit.once_more import FAULTS, RETRY_AFTER

log = logging.getLogger("desk.web")
OURS = ("csrfmiddlewaretoken", "form_token", "next")
SHOWN = 300  # characters of a field, on the page; all of it is sent


def answer_away(request: HttpRequest, fault: BaseException) -> HttpResponse:
    """503: for a form what was sent, ready to be sent once more; else a page that says so."""
    log.warning("%s %s met a database that can't be used: %s", request.method, place_of(request), str(fault).strip())
    drop_broken_connections()
    calm(request)
    page = sent_page(request) if request.method == "POST" else render_to_string("503.html")
    answer = HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER)})
    answer._has_been_logged = True  # type: ignore[attr-defined]  # in one line, above
    return answer


def sent_page(request: HttpRequest) -> str:
    """A form with all that was sent, hidden, and what of it people know, shown; passwords and files are asked anew."""
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    secret = [name for name in request.POST if "password" in name]
    kept = [(name, value) for name, value in fields if name not in secret and name != "csrfmiddlewaretoken"]
    context = {
        "action": request.get_full_path(),
        "csrf_token": get_token(request),
        "kept": kept,
        "shown": [(words_of(name), value[:SHOWN]) for name, value in kept if name not in OURS and value],
        "secret": [(name, words_of(name)) for name in secret],
        "files": [(name, words_of(name)) for name in request.FILES],
    }
    return str(render_to_string("503_form.html", context))


def words_of(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").capitalize()


class Away:
    """Answers for every view that meets such a fault."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        if isinstance(fault, FAULTS) and (away := away_in(fault)):
            return answer_away(request, away)
        return None


class Sessions(SessionMiddleware):
    """A page that could be read is shown, also when what it changes in the session can't be saved."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        try:
            return super().process_response(request, response)
        except (*FAULTS, SessionInterrupted) as raised:
            # Django takes any fault of saving a session for one that was deleted meanwhile.
            fault = away_in(raised)
            if fault is None:
                raise
            is_page = request.method in ("GET", "HEAD") and response.status_code == 200
            return response if is_page or response.status_code == 503 else answer_away(request, fault)
