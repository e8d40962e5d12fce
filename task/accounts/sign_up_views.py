"""Signing up. Where emails reach a mailbox a link finishes it, and only there it is told that there is an account."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate, login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import TemplateView

from task.accounts.first import first_account_is_open, make_first_administrator, sign_up_is_open
from task.accounts.forms import FinishForm, InvitedForm, SignUpByEmailForm, SignUpForm
from task.accounts.identity import plain_email
from task.accounts.invitations import Invitation
from task.accounts.models import OPEN_FOR, PendingSignUp, User
from task.accounts.tasks import send_sign_up, send_welcome
from task.accounts.throttle import why_no_sign_up, why_no_sign_up_email
from task.jobs import Now
from task.jobs.models import Job
from task.jobs.pages import JobFormView
from task.kit.outbox import emails_leave, where_emails_go
from task.kit.taken_meanwhile import TakenMeanwhile

BACKEND = "django.contrib.auth.backends.ModelBackend"
SECOND_CLICK = timedelta(minutes=1)


def sign_up(request: HttpRequest) -> HttpResponseBase:
    view = SignUpByEmailView if emails_leave() else SignUpView
    return view.as_view()(request)


def by_invitation(request: HttpRequest) -> HttpResponse:
    """The answer to who wants to sign up and has no invitation, where staff have closed it."""
    status = 200 if request.method in ("GET", "HEAD") else 403
    return render(request, "accounts/signup_by_invitation.html", status=status)


def welcome(user: Any) -> str:
    return f"Welcome, {user}. We are sending you a welcome email. {where_emails_go(user)}".rstrip()


class NewAccount(TakenMeanwhile, JobFormView):
    """Makes an account in the transaction of the job that welcomes it."""

    success_url = reverse_lazy("home")
    login_required = False

    def get_owner(self) -> Any:
        return None  # until the account is there

    def get_arguments(self, form: Any) -> dict[str, Any]:
        return {}  # the job's owner says it all

    def before(self) -> HttpResponse | None:
        """The answer to a second click, when this is one."""
        job = self.sent_already()
        return self.sent_before(job) if job else None

    def save_rows(self, form: Any, job: Job) -> dict[str, Any] | None:
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


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class SignUpView(NewAccount):
    form_class = SignUpForm
    task = send_welcome
    template_name = "accounts/signup.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect("home")
        if not sign_up_is_open():
            return by_invitation(request)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"first_account": first_account_is_open()}

    def why_not(self, form: Any) -> str:
        """A sentence when there were too many, else ""."""
        return why_no_sign_up(self.request, self.unique_key)

    def form_valid(self, form: Any) -> HttpResponse:
        if reason := self.why_not(form):
            form.add_error(None, reason)
            return self.render_to_response(self.get_context_data(form=form), status=429)
        # Before the transaction: hashing takes its time, and SQLite has one write lock.
        form.instance.set_password(form.cleaned_data["password1"])
        return super().form_valid(form)

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


class SignUpByEmailView(SignUpView):
    """One answer for every address, after the same work: what it takes to look for the account is the worker's."""

    form_class = SignUpByEmailForm
    task = send_sign_up
    success_url = reverse_lazy("signup_sent")

    def why_not(self, form: Any) -> str:
        # The client first: one that is over its limit must not use up what a mailbox may have from others.
        return super().why_not(form) or why_no_sign_up_email(form.cleaned_data["email"], self.unique_key)

    def save_rows(self, form: Any, job: Job) -> dict[str, Any] | None:
        typed = form.instance
        PendingSignUp.objects.create(pk=job.pk, username=typed.username, email=typed.email, password=typed.password)
        return None

    def submitted(self, job: Job, form: Any) -> HttpResponse:
        return JobFormView.submitted(self, job, form)

    def get_success_message(self, job: Job) -> str:
        address = plain_email(self.request.POST.get("email", ""))
        return f"We are sending an email to {address}. Open its link to finish signing up."

    def sent_before(self, job: Job) -> HttpResponse:
        # By the job's age and not by its sign-up, which the worker deletes where the address has an account.
        if Job.objects.filter(pk=job.pk, created__lte=Now() - OPEN_FOR).exists():
            messages.info(self.request, "This sign-up link no longer works. Sign up again.")
            return redirect("signup")
        messages.success(self.request, self.get_success_message(job))
        return HttpResponseRedirect(self.get_success_url())


class SentView(TemplateView):
    template_name = "accounts/signup_sent.html"


class Used(Exception):
    """The link was used before, or is too old: rolls this account back."""


@method_decorator(never_cache, name="dispatch")
class FinishView(NewAccount):
    """The link of the email: one account, whose owner is logged in. By a button, since mail programs open links too."""

    form_class = FinishForm
    task = send_welcome
    template_name = "accounts/signup_finish.html"
    links: Any = PendingSignUp.objects
    ended = "is older than 24 hours"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.may_finish():
            return by_invitation(request)
        self.pending = self.links.of_token(kwargs["token"]).first()
        return super().dispatch(request, *args, **kwargs)

    def may_finish(self) -> bool:
        return sign_up_is_open()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.pending is None or User.objects.with_email(self.pending.email).exists():
            return self.closed()
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().post(request, *args, **kwargs)
        except Used:
            self.pending = None
            return self.before() or self.closed()

    def get_form(self, form_class: Any = None) -> Any:
        if self.pending is None:
            raise Used
        typed = None
        if self.request.method == "POST":
            typed = self.request.POST.copy()
            if self.pending_account().username:
                typed.setdefault("username", self.pending_account().username)
        return self.form_class(typed, instance=self.pending_account())

    def pending_account(self) -> User:
        """What the link knows of the account."""
        pending = self.pending
        return User(username=pending.username, email=pending.email, password=pending.password)

    def form_invalid(self, form: Any) -> HttpResponse:
        return super().form_invalid(form) if not form.is_known() else self.before() or self.closed()

    def save_rows(self, form: Any, job: Job) -> dict[str, Any] | None:
        # Of two at once the link goes with one: the other finds it used.
        if self.pending is None or not self.use_link():
            raise Used
        return super().save_rows(form, job)

    def use_link(self) -> bool:
        """In the transaction of the account. False: it was used before, or ended."""
        gone, _ = PendingSignUp.objects.open().filter(pk=self.pending.pk).delete()
        return bool(gone)

    def sent_before(self, job: Job) -> HttpResponse:
        """The second click ends where the first one does: signed in. What a browser sends again later does not."""
        is_second_click = Job.objects.filter(pk=job.pk, created__gt=Now() - SECOND_CLICK).exists()
        if is_second_click and job.owner and job.owner.is_active:
            login(self.request, job.owner, backend=BACKEND)
            messages.success(self.request, welcome(job.owner))
            return HttpResponseRedirect(self.get_success_url())
        messages.info(self.request, "You already signed up. Log in with your email address.")
        return redirect("login")

    def closed(self) -> HttpResponse:
        """The answer of a link that makes no account (any more)."""
        if self.pending is None and self.request.user.is_authenticated:
            messages.info(self.request, f"This link was already used, or {self.ended}. You are logged in.")
            return redirect("home")
        context = {"pending": self.pending, "ended": self.ended, "sign_up_is_open": sign_up_is_open()}
        return render(self.request, "accounts/signup_closed.html", context)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        more = {"pending": self.pending, "first_account": first_account_is_open()}
        return super().get_context_data(**kwargs) | more


@method_decorator(sensitive_post_parameters(), name="dispatch")
class InvitedView(FinishView):
    """The link of an invitation, also where sign-up is closed. Who has it reads the mailbox, so no email follows."""

    form_class = InvitedForm
    task = send_welcome
    template_name = "accounts/invited.html"
    links = Invitation.objects
    ended = "was withdrawn, or is older than 7 days"

    def may_finish(self) -> bool:
        return True

    def pending_account(self) -> User:
        return User(email=self.pending.email)

    def form_valid(self, form: Any) -> HttpResponse:
        # Before the transaction: hashing takes its time, and SQLite has one write lock.
        form.instance.set_password(form.cleaned_data["password1"])
        return super().form_valid(form)

    def use_link(self) -> bool:
        return bool(Invitation.objects.open().filter(pk=self.pending.pk).update(used_at=Now()))

    def save_rows(self, form: Any, job: Job) -> dict[str, Any] | None:
        rows = super().save_rows(form, job)
        Invitation.objects.filter(pk=self.pending.pk).update(user=form.instance)
        return rows
