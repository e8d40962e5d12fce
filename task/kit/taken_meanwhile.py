"""Two people want the one name: who comes second is told so beside the field."""

from typing import Any

from django.db import IntegrityError
from django.http import HttpResponse


class TakenMeanwhile:
    """For a FormView: what somebody took between the form's check and its save is asked of the form once more.

    Its own sentence says which field it was. A form that sees nothing wrong was not the reason, and the error goes on.
    """

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            answer: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        except IntegrityError:
            return self.check_again()
        return answer

    def check_again(self) -> HttpResponse:
        """The form with what it says now. While such an error is handled: where nothing is wrong it is raised anew."""
        view: Any = self
        form = view.get_form()
        if form.is_valid():
            raise
        answer: HttpResponse = view.form_invalid(form)
        return answer
