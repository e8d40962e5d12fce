"""What staff do about who may sign up: invite one address, withdraw an invitation, close sign-up and open it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse_lazy
from django.views import View

from task.accounts.forms import InviteForm
from task.accounts.invitations import Invitation, SignUp
from task.accounts.tasks import send_invitation
from task.accounts.throttle import why_no_invitation
from task.jobs import Now
from task.jobs.models import Job
from task.jobs.pages import JobFormView
from task.jobs.pages.status import COLUMNS
from task.kit.lists import paginate
from task.kit.outbox import where_emails_go
from task.kit.staff import StaffOnly

SHOWN = 50  # invitations on a page
OPEN, CLOSED = "Anybody can sign up.", "Sign-up is closed: only people with an invitation get in."


def withdraw(invitation: Invitation) -> bool:
    """Whether it was open until now."""
    return bool(Invitation.objects.open().filter(pk=invitation.pk).update(withdrawn_at=Now()))


def too_late(invitation: Invitation) -> str:
    return f"The invitation of {invitation.email} was already used, withdrawn or expired."


def set_sign_up(is_open: bool, person: Any) -> None:
    SignUp.objects.update_or_create(pk=1, defaults={"is_open": is_open, "changed": Now(), "changed_by": person})


class InvitationsView(StaffOnly, JobFormView):
    form_class = InviteForm
    task = send_invitation
    template_name = "accounts/invitations.html"
    again_words = "Invite again"
    success_url = reverse_lazy("invitations")

    def get_arguments(self, form: Any) -> dict[str, Any]:
        return {}  # whom it goes to is in the invitation's row

    def form_valid(self, form: Any) -> HttpResponse:
        if reason := why_no_invitation(self.request.user, form.cleaned_data["email"], self.unique_key):
            form.add_error(None, reason)
            return self.render_to_response(self.get_context_data(form=form), status=429)
        return super().form_valid(form)

    def save_rows(self, form: Any, job: Job) -> None:
        Invitation.objects.create(pk=job.pk, email=form.cleaned_data["email"], invited_by_id=self.request.user.pk)

    def initial_from(self, job: Job) -> dict[str, Any]:
        invitation = Invitation.objects.filter(pk=job.pk).first()
        return {"email": invitation.email} if invitation else {}

    def get_success_message(self, job: Job) -> str:
        invitation = Invitation.objects.get(pk=job.pk)
        return f"We are sending an invitation to {invitation.email}. {where_emails_go(self.request.user)}".rstrip()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = paginate(Invitation.objects.for_list(), ("-created", "-id"), self.request.GET, SHOWN)
        jobs = Job.objects.only(*COLUMNS).in_bulk([invitation.pk for invitation in page.rows])
        rows = [(invitation, jobs.get(invitation.pk)) for invitation in page.rows]
        sign_up = SignUp.objects.select_related("changed_by").first()
        return super().get_context_data(**kwargs) | {"rows": rows, "page": page, "sign_up": sign_up}


class WithdrawView(StaffOnly, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: Any) -> HttpResponse:
        invitation = get_object_or_404(Invitation, pk=pk)
        if withdraw(invitation):
            messages.success(request, f"Invitation of {invitation.email} withdrawn.")
        else:
            messages.info(request, too_late(invitation))
        return redirect("invitations")


class SignUpView(StaffOnly, View):
    """Closes sign-up, or opens it."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        is_open = request.POST.get("open") == "yes"
        set_sign_up(is_open, request.user)
        messages.success(request, OPEN if is_open else CLOSED)
        return redirect("invitations")
