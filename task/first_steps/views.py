"""The steps on a page of their own, and what shows them on the home page or not."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views import View
from django.views.generic import TemplateView

from task.first_steps.home import card_context, shown_steps
from task.first_steps.models import Progress
from task.jobs import Now


class StepsView(LoginRequiredMixin, TemplateView):
    template_name = "first_steps/page.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        progress = Progress.objects.filter(user=self.request.user.pk).first()
        context = card_context(shown_steps(self.request, all_open=True))
        return super().get_context_data(**kwargs) | context | {"progress": progress}


class DismissView(LoginRequiredMixin, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        Progress.objects.note(request.user, dismissed_at=Now())
        return redirect("home")


class ShowView(LoginRequiredMixin, View):
    """The card is back on the home page."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        Progress.objects.note(request.user, dismissed_at=None)
        return redirect("home")
