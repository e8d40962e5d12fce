"""The database can't be reached, or can't be written, just now: what says so, whatever class the driver gave it."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from task.kit.connections import is_unavailable


def is_away(fault: BaseException) -> bool:
    """Whether the same would work in a moment, with the same program and the same data."""
    return isinstance(fault, DatabaseError | InterfaceError) and is_unavailable(fault)


def away_in(fault: BaseException | None) -> BaseException | None:
    """`fault`, or what it came from, if that is such a one: a session that can't be saved raises another class."""
    while fault is not None and not is_away(fault):
        fault = fault.__cause__ or fault.__context__
    return fault


def place_of(request: HttpRequest) -> str:
    """Where it went, for the log: the pattern, and not the address, in which a token may stand."""
    return request.resolver_match.route if request.resolver_match else "a page"


def calm(request: HttpRequest) -> None:
    """Put the request back to where it began, so that its answer has nothing to save: no log-in, no message.

    Files that were read are at their beginning again.
    """
    if hasattr(request, "session"):
        store = import_module(settings.SESSION_ENGINE).SessionStore
        request.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    if hasattr(request, "user"):
        request.__dict__.pop("_cached_user", None)
        request.user = SimpleLazyObject(lambda: get_user(request))  # type: ignore[assignment]
    if (queue := getattr(getattr(request, "_messages", None), "_queued_messages", None)) is not None:
        queue.clear()
    for _, files in request.FILES.lists():
        for file in files:
            file.seek(0)
