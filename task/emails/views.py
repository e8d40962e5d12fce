"""The last emails for staff, one as it looks for its reader and for staff, and an email to try whether they arrive."""

import secrets
from typing import Any
from uuid import UUID

from csp.constants import NONE, SELF
from csp.decorators import csp
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.generic import TemplateView

from task.emails.filters import EmailFilter
from task.emails.forms import TestEmailForm
from task.emails.models import Email
from task.emails.tasks import send_test
from task.jobs.models import Job, unlisted
from task.jobs.pages import JobFormView
from task.kit.lists import ListPage
from task.kit.outbox import where_emails_go
from task.kit.staff import StaffOnly

# An email is not ours alone: it holds what people typed. Its frame runs no script, loads nothing and sends nothing.
# Its links open in a tab of their own, and the page may measure it (`letters.js`), which needs the same origin: that is
# harmless only as long as no script runs there.
FRAME = ["allow-popups", "allow-popups-to-escape-sandbox", "allow-same-origin"]
FRAME_POLICY = {
    "default-src": [NONE],
    "style-src": ["'unsafe-inline'"],  # mail programs know no other style
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": FRAME,
}


def shown(request: HttpRequest, email: Email) -> dict[str, Any]:
    """What a page needs that shows an email: as it looks, or its plain text."""
    return {
        "email": email,
        "as_text": not email.html or request.GET.get("as") == "text",
        "frame": " ".join(FRAME),
        "where_emails_go": where_emails_go(request.user),
    }


class EmailsView(StaffOnly, ListPage):
    filterset_class = EmailFilter
    sorts = {"newest": ("-created", "-id"), "oldest": ("created", "id")}
    template_name = "emails/pages/list.html"
    partial_template = "emails/pages/_rows.html"

    def get_queryset(self) -> QuerySet[Email]:
        emails: QuerySet[Email] = Email.objects.for_list()
        return emails

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        live = self.request.get_full_path() if any(email.is_tried for email in context["rows"]) else ""
        return context | {
            "live_url": live,
            "form_token": secrets.token_urlsafe(16),
            "where_emails_go": where_emails_go(self.request.user),
        }


class EmailView(LoginRequiredMixin, TemplateView):
    template_name = "emails/pages/detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        emails = Email.objects.seen_by(self.request.user).select_related("job").defer(*unlisted("job"))
        return super().get_context_data(**kwargs) | shown(self.request, get_object_or_404(emails, pk=kwargs["pk"]))


@method_decorator([xframe_options_sameorigin, csp(FRAME_POLICY)], name="get")
class EmailHtmlView(LoginRequiredMixin, View):
    """The email itself, for the frame that shows it."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        email = get_object_or_404(Email.objects.seen_by(request.user).only("html"), pk=pk)
        if not email.html:
            raise Http404
        return HttpResponse(email.html.replace("<head>", '<head><base target="_blank">', 1))


class TestEmailView(StaffOnly, JobFormView):
    form_class = TestEmailForm
    task = send_test
    template_name = "emails/pages/test.html"
    again_words = "Send again"
    success_url = reverse_lazy("emails_list")

    def get_success_message(self, job: Job) -> str:
        address = job.owner.email if job.owner else ""
        return f"We are sending a test email to {address}. {where_emails_go(self.request.user)}".rstrip()

    def submitted(self, job: Job, form: Any) -> HttpResponse:
        super().submitted(job, form)
        return redirect(job)

    def sent_before(self, job: Job) -> HttpResponse:
        super().sent_before(job)
        return redirect(job)
