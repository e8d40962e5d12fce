"""A form that the database could not take comes back with what was typed, and is sent once more."""

import logging
from contextlib import suppress
from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.db import DatabaseError, InterfaceError
from django.forms import BaseForm, PasswordInput
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from task.kit.away import away_in, calm, place_of
from task.kit.connections import drop_broken_connections

log = logging.getLogger("desk.web")
SENTENCE = "We can't save anything right now. What you typed is still here. Send it again in a moment."
PASSWORD = "Type the password again first."  # noqa: S105  a sentence
RETRY_AFTER = 5  # seconds
FAULTS = (DatabaseError, InterfaceError, UpdateError)  # the last is of a session that can't be saved


class OnceMore:
    """For a FormView, before its other bases: a POST that meets a database that is away brings the form back, as 503.

    What was typed is still in it, but for passwords. Where the form can't even be drawn, the fault goes on to whoever
    answers for all views.
    """

    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            answer: Any = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
            whole: HttpResponseBase = answer.render() if hasattr(answer, "render") else answer
            return whole
        except FAULTS as fault:
            away = away_in(fault)
            if request.method != "POST" or away is None:
                raise
            log.warning("POST %s could not be saved: %s", place_of(request), str(away).strip())
            drop_broken_connections()
            calm(request)
            try:
                return self.once_more()
            except FAULTS:
                raise away from None

    def once_more(self) -> HttpResponseBase:
        """The form with what was typed, and the sentence on top. Raises one of FAULTS where it can't be drawn."""
        view: Any = self
        if hasattr(view, "get_object") and not hasattr(view, "object"):
            view.object = view.get_object()
        form: BaseForm = view.get_form()
        with suppress(*FAULTS):  # a field that asks the database
            form.full_clean()
        has_password = any(isinstance(field.widget, PasswordInput) for field in form.fields.values())
        form.add_error(None, [SENTENCE, PASSWORD] if has_password else [SENTENCE])
        answer: Any = view.render_to_response(view.get_context_data(form=form))
        answer.status_code = 503
        answer.headers["Retry-After"] = str(RETRY_AFTER)
        answer._has_been_logged = True
        page: HttpResponseBase = answer.render()
        return page
