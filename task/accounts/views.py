"""Signing up, in and out, and one's own account. Random users: `random_views`."""

from typing import Any

from axes.utils import reset as forget_failures
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login
from django.contrib.auth import views as auth_views
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.messages.views import SuccessMessageMixin
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import UpdateView

from task.accounts.first import first_account_is_open, make_first_administrator
from task.accounts.forms import (
    ChangePasswordForm,
    LoginForm,
    NewPasswordForm,
    PasswordResetForm,
    ProfileForm,
    SignUpForm,
)
from task.accounts.models import User
from task.accounts.tasks import send_password_reset, send_welcome
from task.accounts.throttle import may_ask_for_reset
from task.jobs.models import Job
from task.jobs.pages import JobFormView
from task.kit.keys import fold
from task.kit.once_more import OnceMore

BACKEND = "django.contrib.auth.backends.ModelBackend"
CONSOLE = "django.core.mail.backends.console.EmailBackend"


def where_emails_go() -> str:
    """A sentence where emails reach no mailbox, else ""."""
    printed = settings.EMAIL_BACKEND == CONSOLE
    return "On this desk emails are printed in the terminal where it runs." if printed else ""


def welcome(user: object) -> str:
    return f"Welcome, {user}. A welcome email is on its way. {where_emails_go()}".rstrip()


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class SignUpView(JobFormView):
    form_class = SignUpForm
    task = send_welcome
    template_name = "accounts/signup.html"
    success_url = reverse_lazy("home")
    login_required = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect("home")
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"first_account": first_account_is_open()}

    def get_arguments(self, form: Any) -> dict[str, Any]:
        return {}  # the job's owner says it all

    def form_valid(self, form: Any) -> HttpResponse:
        # Before the transaction: hashing takes its time, and SQLite has one write lock.
        form.instance.set_password(form.cleaned_data["password1"])
        try:
            return super().form_valid(form)
        except IntegrityError:
            # Somebody took the address or the name in between: the form's own sentence says which.
            form = self.get_form()
            if form.is_valid():
                raise
            return super().form_invalid(form)

    def save_rows(self, form: Any, job: Job) -> dict[str, Any]:
        user = form.instance
        user.save()
        self.is_administrator = make_first_administrator(user)
        return {"owner": user}

    def submitted(self, job: Job, form: Any) -> HttpResponse:
        login(self.request, form.instance, backend=BACKEND)
        return super().submitted(job, form)

    def get_success_message(self, job: Job) -> str:
        words = welcome(job.owner)
        return f"{words} Yours is the first account: you are the administrator." if self.is_administrator else words

    def sent_before(self, job: Job) -> HttpResponse:
        """The second click ends where the first one does: signed in."""
        email, password = self.request.POST.get("email", ""), self.request.POST.get("password1", "")
        user = authenticate(self.request, username=email, password=password)
        if user is None or user.pk != job.owner_id:
            messages.info(self.request, "You already signed up. Log in with your email address.")
            return redirect("login")
        login(self.request, user)
        messages.success(self.request, welcome(user))
        return HttpResponseRedirect(self.get_success_url())


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
        if not may_ask_for_reset(self.request, form.cleaned_data["email"]):
            return HttpResponseRedirect(self.get_success_url())
        return super().form_valid(form)

    def submitted(self, job: Job, form: Any) -> HttpResponse:
        return HttpResponseRedirect(self.get_success_url())

    def sent_before(self, job: Job) -> HttpResponse:
        return HttpResponseRedirect(self.get_success_url())


class PasswordResetDoneView(auth_views.PasswordResetDoneView):
    template_name = "accounts/password_reset_done.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"where_emails_go": where_emails_go()}


class PasswordResetConfirmView(OnceMore, auth_views.PasswordResetConfirmView):
    form_class = NewPasswordForm
    template_name = "accounts/password_reset_confirm.html"

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        # Who was locked out for guessing a forgotten password may log in with the new one.
        forget_failures(username=fold(form.user.email))
        return answer


class PasswordResetCompleteView(auth_views.PasswordResetCompleteView):
    template_name = "accounts/password_reset_complete.html"


class PasswordChangeView(OnceMore, SuccessMessageMixin, auth_views.PasswordChangeView):
    form_class = ChangePasswordForm
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("profile")
    success_message = "Your password is changed."


@method_decorator(sensitive_post_parameters("current_password"), name="dispatch")
class ProfileView(OnceMore, LoginRequiredMixin, SuccessMessageMixin, UpdateView):
    form_class = ProfileForm
    template_name = "accounts/profile.html"
    success_url = reverse_lazy("profile")
    success_message = "Your profile is saved."

    def get_object(self, queryset: Any = None) -> User:
        # A copy: what does not validate must not show in the page's head as if it were so.
        return User.objects.get(pk=self.request.user.pk)

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)
        except IntegrityError:
            form = self.get_form()
            if form.is_valid():
                raise
            return self.form_invalid(form)
