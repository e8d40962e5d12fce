"""Logging in and out, and one's own account. Signing up: `sign_up_views`; random users: `random_views`."""

from typing import Any

from axes.utils import reset as forget_failures
from django.contrib.auth import views as auth_views
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.messages.views import SuccessMessageMixin
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import UpdateView

from task.accounts.forms import (
    TOO_MANY,
    ChangePasswordForm,
    LoginForm,
    NewPasswordForm,
    PasswordResetForm,
    ProfileForm,
)
from task.accounts.identity import email_key
from task.accounts.models import User
from task.accounts.tasks import send_password_reset
from task.accounts.throttle import PasswordTries, allow_reset
from task.jobs.models import Job
from task.jobs.pages import JobFormView
from task.kit.once_more import OnceMore
from task.kit.outbox import where_emails_go
from task.kit.taken_meanwhile import TakenMeanwhile


class LoginView(OnceMore, auth_views.LoginView):
    form_class = LoginForm
    template_name = "accounts/login.html"
    redirect_authenticated_user = True


class LogoutView(auth_views.LogoutView):
    """By POST only, as Django's own."""


class PasswordResetView(JobFormView):
    """One answer for every address: what it takes to look for the account is the worker's work."""

    form_class = PasswordResetForm
    task = send_password_reset
    template_name = "accounts/password_reset.html"
    success_url = reverse_lazy("password_reset_done")
    login_required = False

    def get_owner(self) -> Any:
        return None  # nobody's page shows whether an email went out

    def form_valid(self, form: Any) -> HttpResponse:
        if not allow_reset(self.request, form.cleaned_data["email"]):
            return HttpResponseRedirect(self.get_success_url())
        return super().form_valid(form)

    def submitted(self, job: Job, form: Any) -> HttpResponse:
        return HttpResponseRedirect(self.get_success_url())

    def sent_before(self, job: Job) -> HttpResponse:
        return HttpResponseRedirect(self.get_success_url())


class PasswordResetDoneView(auth_views.PasswordResetDoneView):
    template_name = "accounts/password_reset_done.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"where_emails_go": where_emails_go(self.request.user)}


class PasswordResetConfirmView(OnceMore, auth_views.PasswordResetConfirmView):
    form_class = NewPasswordForm
    template_name = "accounts/password_reset_confirm.html"

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        # Who was locked out for guessing a forgotten password may log in with the new one.
        forget_failures(username=email_key(form.user.email)[:254])
        PasswordTries(form.user).forget()
        return response


class PasswordResetCompleteView(auth_views.PasswordResetCompleteView):
    template_name = "accounts/password_reset_complete.html"


class CurrentPasswordView(SuccessMessageMixin):
    """A form that asks for the current password."""

    def form_invalid(self: Any, form: Any) -> HttpResponse:
        faults = [fault for field in form.errors.as_data().values() for fault in field]
        too_many = any(fault.code == TOO_MANY for fault in faults)
        context = self.get_context_data(form=form)
        answer: HttpResponse = self.render_to_response(context, status=429 if too_many else 200)
        return answer


class PasswordChangeView(OnceMore, CurrentPasswordView, auth_views.PasswordChangeView):
    form_class = ChangePasswordForm
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("profile")
    success_message = "Password changed."


@method_decorator(sensitive_post_parameters("current_password"), name="dispatch")
class ProfileView(OnceMore, LoginRequiredMixin, TakenMeanwhile, CurrentPasswordView, UpdateView):
    form_class = ProfileForm
    template_name = "accounts/profile.html"
    success_url = reverse_lazy("profile")
    success_message = "Profile saved."

    def get_object(self, queryset: Any = None) -> User:
        # A copy: what does not validate must not show in the page's head as if it were so.
        user: User = User.objects.get(pk=self.request.user.pk)
        return user
