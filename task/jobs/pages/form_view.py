"""The view that turns a form into a job: submit once, answer at once, tell in a flash message."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import AccessMixin
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.forms import BaseForm, FileField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.html import format_html
from django.views.generic import FormView

from task.jobs.engine.declare import JobTask
from task.jobs.engine.enqueue import unique_key_of
from task.jobs.models import Job
from task.jobs.pages.form_values import as_json, initial_of
from task.kit.once_more import OnceMore

SAVED_BUT_NOT_NOTIFIED = "Saved. The queue can't be reached right now: your job will start when it is back."
TOKEN = "form_token"  # noqa: S105  the name of a form field


def unique_key_from(request: HttpRequest, kind: str) -> str | None:
    """The name of what this POST submits: the same for the same page of a form with the same data, sent twice.

    None when the page had no token: then each POST is a submission of its own.
    """
    token = request.POST.get(TOKEN, "")
    if not token:
        return None
    if request.user.is_authenticated:
        who = f"user {request.user.pk}"
    else:
        who = f"visitor {request.COOKIES.get(settings.SESSION_COOKIE_NAME, '')}"
    return unique_key_of(who, kind, token, _posted(request))


def _posted(request: HttpRequest) -> Iterator[tuple[str, str]]:
    for name, values in request.POST.lists():
        if name not in (TOKEN, "csrfmiddlewaretoken"):
            yield from ((name, str(value)) for value in values)
    for name, files in request.FILES.lists():
        for file in files:
            digest = hashlib.sha256()
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
            yield name, digest.hexdigest()


class JobFormView(OnceMore, AccessMixin, FormView):
    """A form whose submission is one job. The same page with the same data, sent twice, is the same job.

    A kind names its `form_class`, `task`, `template_name` (with `{{ form_token }}` in its form), `success_url`, and the
    `success_message`. `login_required`: a visitor logs in first. The job and the form's own rows are saved in one
    transaction; a worker is notified behind it, and the answer does not wait for the broker.
    """

    task: ClassVar[JobTask[...]]
    success_message = "We are working on it. You can watch it on this page."
    login_required = True
    again_parameter = "again"
    again_words = "Run again"  # of the button on an ended job that opens its form, filled in
    again: Job | None = None  # the job whose form is open to run it again

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "task" in cls.__dict__ and cls.task.kind.view is None:
            cls.task.kind.view = cls  # for "How this works" on the job's page

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.login_required and not request.user.is_authenticated:
            return self.handle_no_permission()
        if self.login_required and not self.may_be_used_by(request.user):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    # What a kind may say for itself

    def get_arguments(self, form: BaseForm) -> dict[str, Any]:
        """The job's arguments: JSON, no secrets, no files. Rows are their keys, times their `isoformat()`.

        All of the form's fields but files, unless a view says otherwise. Raises Misuse for a value that is no JSON.
        """
        plain = [name for name in form.cleaned_data if not isinstance(form.fields.get(name), FileField)]
        what = f"{type(self).__name__}: the form’s “{{}}”"
        return {name: as_json(form.cleaned_data[name], what.format(name)) for name in plain}

    def get_owner(self) -> Any:
        """Whose job it is, and who may see it: who sent the form; None, the system's, for a visitor's."""
        return self.request.user if self.request.user.is_authenticated else None

    def save_rows(self, form: Any, job: Job) -> Mapping[str, Any] | None:
        """The form's own rows, in the job's transaction: what fails here leaves neither them nor the job.

        May return what is known only then: arguments by name, the job's `title`, its `owner`.
        """
        return None

    def get_success_message(self, job: Job) -> str:
        """A sentence, or safe HTML, for the page that comes next."""
        return self.success_message

    def submitted(self, job: Job, form: Any) -> HttpResponse:
        """The answer to a submission that became a job."""
        messages.success(self.request, self.get_success_message(job))
        if job.notified is False:
            messages.warning(
                self.request,
                SAVED_BUT_NOT_NOTIFIED,
            )
        return HttpResponseRedirect(self.get_success_url())

    def sent_before(self, job: Job) -> HttpResponse:
        """The answer to a double click, or to a form that was sent again from the browser's history."""
        again = f"{self.request.path}?{self.again_parameter}={job.pk}"
        words = "You already sent this. <a href='{}'>Run it again</a> if you want it twice."
        messages.info(self.request, format_html(words, again))
        return HttpResponseRedirect(self.get_success_url())

    @classmethod
    def may_be_used_by(cls, user: Any) -> bool:
        """Whether somebody who is logged in finds this form and may send it; to others it is a 404.

        A form for staff alone has StaffOnly before its other bases. One that needs no log-in is for visitors.
        """
        return cls.login_required

    @classmethod
    def problem_with(cls, kind: Any) -> str:
        """Why the form's fields are no arguments of the kind; "" when they fit, or the view sees to it."""
        own_arguments = cls.get_arguments is not JobFormView.get_arguments
        own_rows = cls.save_rows is not JobFormView.save_rows
        if cls.form_class is None:
            return ""
        files = [name for name, field in cls.form_class.base_fields.items() if isinstance(field, FileField)]
        if files and not (own_arguments or own_rows):
            return (
                f"{cls.__qualname__}: the form's file “{files[0]}” would be lost, since a file is no argument. Save it "
                f"in save_rows(form, job), and return {{“{files[0]}”: its key}}."
            )
        if own_arguments:
            return ""
        fields = {name: None for name, field in cls.form_class.base_fields.items() if not isinstance(field, FileField)}
        bind = kind.signature.bind_partial if own_rows else kind.signature.bind  # save_rows may return what is missing
        try:
            bind(**fields)
        except TypeError as fault:
            return f"{cls.__qualname__} and its task {kind.name} don't fit: {fault}. Write get_arguments() in the view."
        return ""

    # The machinery

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Before validation: the first click may have taken what the second would be refused for.
        self.unique_key = unique_key_from(request, self.task.kind.name)
        before = self.sent_already()
        return self.sent_before(before) if before else super().post(request, *args, **kwargs)

    def sent_already(self) -> Job | None:
        """The job that this very submission has become before."""
        return Job.objects.filter(unique_key=self.unique_key).first() if self.unique_key else None

    def form_invalid(self, form: Any) -> HttpResponse:
        # A second click that was faster than the first one's commit finds what that one saved in the way.
        before = self.sent_already()
        return self.sent_before(before) if before else super().form_invalid(form)

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            job = self.task.apply_async(
                kwargs=self.get_arguments(form),
                owner=self.get_owner(),
                rows=lambda job: self.save_rows(form, job),
                unique_key=self.unique_key,
            )
        except IntegrityError:
            before = self.sent_already()
            if before is None:
                raise
            return self.sent_before(before)
        return self.submitted(job, form)

    def once_more(self) -> HttpResponseBase:
        # What failed may have been the answer, after the job was saved.
        before = self.sent_already() if hasattr(self, "unique_key") else None
        return self.sent_before(before) if before else super().once_more()

    def get_initial(self) -> dict[str, Any]:
        """What was asked for before, when the page is opened to run a job again. Somebody else's job is a 404."""
        initial = super().get_initial()
        again = self.request.GET.get(self.again_parameter, "")
        # What is sent stands by itself: the job may have been cleared away meanwhile.
        if again and self.request.method != "POST" and self.request.user.is_authenticated:
            self.again = self.job_of(again)
            initial |= self.initial_from(self.again)
        return initial

    def job_of(self, key: str) -> Job:
        try:
            return get_object_or_404(Job.objects.seen_by(self.request.user), pk=key, kind=self.task.kind.name)
        except ValidationError:
            raise Http404("No job has such an id.") from None

    def initial_from(self, job: Job) -> dict[str, Any]:
        """The form's fields as they were for `job`."""
        fields = self.get_form_class().base_fields
        return {name: initial_of(fields[name], value) for name, value in job.arguments.items() if name in fields}

    def words_for_file(self, field: FileField, job: Job | None) -> str:
        """What stands at a file that is not in the form any more: it comes back with errors, or was sent as `job`."""
        if job is None or field.required:
            return "Choose the file again: files are not kept."
        return "If you sent a file, choose it again: files are not kept."

    def tell_files(self, form: Any) -> None:
        """Say at each file that was there and is not kept that it is to be chosen again."""
        for name, field in form.fields.items():
            is_gone = name in form.files if form.is_bound else self.again is not None
            if isinstance(field, FileField) and is_gone:
                words = self.words_for_file(field, None if form.is_bound else self.again)
                form[name].help_text = f"{words} {form[name].help_text}".rstrip()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # A form that comes back with errors keeps its token: sent again, changed, it is another submission anyhow.
        token = self.request.POST.get(TOKEN, "") or secrets.token_urlsafe(16)
        context = super().get_context_data(**{TOKEN: token, "job_kind": self.task.kind}, **kwargs)
        if context["form"] is not None:
            self.tell_files(context["form"])
        return context
