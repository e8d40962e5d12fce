"""Random users: making them, listing them, and (staff) deleting a batch."""

from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.contrib.auth.mixins import LoginRequiredMixin
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.decorators.debug import sensitive_post_parameters

from task.accounts.filters import UserFilter
from task.accounts.forms import GenerateForm
from task.accounts.models import User, UserBatch, UserQuerySet
from task.accounts.tasks import delete_random_users, generate_random_users
from task.jobs.models import Job, unlisted
from task.jobs.pages import JobFormView, jobs_of
from task.jobs.pages.home import running_jobs
from task.kit.lists import ListPage
from task.kit.staff import StaffOnly

BATCHES_SHOWN = 50
STILL_MADE = "This batch is still being made. Cancel its job first, then delete it."
GONE = "This batch is already deleted or being deleted."


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class GenerateView(JobFormView):
    form_class = GenerateForm
    task = generate_random_users
    template_name = "accounts/generate.html"
    success_url = reverse_lazy("users_list")
    success_message = "We are generating your random users! They appear below as they are made."

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"staff": self.request.user.is_staff}

    def get_arguments(self, form: Any) -> dict[str, Any]:
        # Before the transaction: hashing takes its time. And never into the arguments.
        password = form.cleaned_data.get("password")
        self.password_hash = make_password(password) if password else ""
        return {"total": form.cleaned_data["total"]}

    def save_rows(self, form: Any, job: Job) -> None:
        total = form.cleaned_data["total"]
        UserBatch.objects.create(job=job, owner=job.owner, total=total, password=self.password_hash)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if self.request.user.is_staff:
            batches = UserBatch.objects.select_related("owner", "job", "deleting")
            wide = ("password", "owner__password", *unlisted("job"), *unlisted("deleting"))
            context["batches"] = shown = list(batches.defer(*wide)[:BATCHES_SHOWN])
            changes = any(batch.is_being_made or batch.is_being_deleted for batch in shown)
            context["live_url"] = reverse("generate") if changes else ""
        return context


class BatchDeleteView(StaffOnly, JobFormView):
    """Staff: asks once more, then deletes the users of a batch as a job."""

    form_class = Form
    task = delete_random_users
    template_name = "accounts/batch_delete.html"
    success_url = reverse_lazy("generate")
    success_message = "We are deleting the users of this batch."

    @cached_property
    def batch(self) -> UserBatch:
        batch: UserBatch = get_object_or_404(UserBatch.objects.defer("password"), pk=self.kwargs["pk"])
        return batch

    def get_arguments(self, form: Any) -> dict[str, Any]:
        return {"batch": self.batch.pk}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.refuse_while_made() or super().get(request, *args, **kwargs)

    def refuse_while_made(self) -> HttpResponse | None:
        """The answer for a batch that is being made: its job, which can be cancelled there."""
        job = self.batch.job
        if job is None or not job.is_active:
            return None
        messages.error(self.request, STILL_MADE)
        return HttpResponseRedirect(job.get_absolute_url())

    def form_valid(self, form: Any) -> HttpResponse:
        if (response := self.refuse_while_made()) is not None:
            return response
        try:
            return super().form_valid(form)
        except BeingDeleted:
            messages.info(self.request, GONE)
            return HttpResponseRedirect(self.get_success_url())

    def save_rows(self, form: Any, job: Job) -> None:
        set_deleting(self.batch, job)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"batch": self.batch}


class BeingDeleted(Exception):
    """Another job deletes this batch: rolls the second one back."""


def set_deleting(batch: UserBatch, job: Job) -> None:
    """This job deletes the batch, or raises BeingDeleted."""
    if not UserBatch.objects.filter(pk=batch.pk, deleting=None, deleted=None).update(deleting=job):
        raise BeingDeleted


class UsersListView(LoginRequiredMixin, ListPage):
    """Members see the random users, staff everyone."""

    # What the page shows and sorts by; never the password's hash.
    queryset = User.objects.only(
        "username", "email", "first_name", "last_name", "is_random", "is_staff", "date_joined",
        "name_key", "username_key", "email_key",
    )  # fmt: skip
    filterset_class = UserFilter
    sorts = {
        "newest": ("-id",),
        "name": ("name_key", "id"),
        "username": ("username_key",),
        "email": ("email_key",),
    }
    batch_sorts: ClassVar[dict[str, tuple[str, ...]]] = {"oldest": ("id",), "newest": ("-id",)}
    template_name = "accounts/users_list.html"

    @cached_property
    def batch(self) -> UserBatch | None:
        """The batch whose users alone are listed. Who searches, or chooses a kind, does so among all users."""
        wanted = self.request.GET.get("batch", "")
        if not wanted or self.request.GET.get("q") or self.request.GET.get("kind"):
            return None
        if not wanted.isdecimal() or len(wanted) > 18:
            raise Http404("This is not the number of a batch.")
        batch: UserBatch = get_object_or_404(UserBatch.objects.defer("password"), pk=wanted)
        return batch

    def get_queryset(self) -> UserQuerySet:
        users: UserQuerySet = self.queryset.all()
        if self.batch:
            return users.filter(batch=self.batch.pk)
        return users if self.request.user.is_staff else users.random()

    def get_sorts(self) -> dict[str, tuple[str, ...]]:
        return self.batch_sorts if self.batch else self.sorts

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = running_jobs(self.request.user, generate_random_users, delete_random_users)
        live = self.request.get_full_path() if now else ""
        context = super().get_context_data(**kwargs) | {"running": now, "live_url": live}
        if self.batch:
            jobs = jobs_of(self.request.user, self.batch.job_id, self.batch.deleting_id)
            context |= {"batch": self.batch, "jobs": list(jobs)}
        return context
