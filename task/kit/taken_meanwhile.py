"""Two people want the one name: who comes second is told so beside the field."""

from typing import Any

from django.db import IntegrityError
from django.http import HttpResponse


class TakenMeanwhile:
    """For a FormView: what somebody took between the form's check and its save is asked of the form once more.

    Its own sentence says which field it was. A form that sees nothing wrong was not the reason, and the error goes on.
    """

    def form_valid(self, form: Any) -> HttpResponse:
        view: Any = self
        try:
            answer: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        except IntegrityError:
            form = view.get_form()
            if form.is_valid():
                raise
            answer = view.form_invalid(form)
        return answer
