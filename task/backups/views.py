"""The list of backups, back up now, and the download. For staff, the download for superusers; nobody else is told."""

import secrets
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.views import View

from task.backups.forms import BackUpForm
from task.backups.models import Backup, folder, name_of
from task.backups.retention import DAYS, HOURS, WEEKS
from task.backups.tasks import back_up
from task.jobs.models import Job, unlisted
from task.jobs.pages import JobFormView
from task.jobs.pages.status import status_of
from task.kit.lists import ListPage
from task.kit.private_files import private_file
from task.kit.staff import StaffOnly

MOST = HOURS + DAYS + WEEKS  # good ones that retention leaves


class BackUpView(StaffOnly, JobFormView):
    form_class = BackUpForm
    task = back_up
    template_name = "backups/new.html"
    success_url = reverse_lazy("backups_list")
    success_message = "We are making a backup. This page shows when it is verified."

    def save_rows(self, form: Any, job: Job) -> None:
        save_backup(job)


def save_backup(job: Job) -> Backup:
    """The row of the backup that this job makes."""
    now = Job.objects.filter(pk=job.pk).now()
    return Backup.objects.create(job=job, created=now, name=name_of(now, job.pk))


class BackupsListView(StaffOnly, ListPage):
    sorts = {"newest": ("-created", "-id"), "oldest": ("created", "id")}
    template_name = "backups/list.html"

    def get_queryset(self) -> QuerySet[Backup]:
        return Backup.objects.select_related("job").defer(*unlisted("job"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        for row in context["rows"]:
            row.is_missing = row.is_good and not row.path.exists()
            row.status = status_of(row.job) if row.job else None
        waiting = any(row.is_waiting for row in context["rows"])
        good = Backup.objects.filter(state=Backup.State.GOOD).order_by("-created")
        return context | {
            "live_url": self.request.get_full_path() if waiting else "",
            "last_good": next((each for each in good[:MOST] if each.path.exists()), None),
            "folder": folder(),
            "form": BackUpForm(),
            "form_token": secrets.token_urlsafe(16),
        }


class DownloadView(StaffOnly, View):
    """The file, piece by piece, and as it is. Superusers only: who has it can try out everybody's passwords."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        if not request.user.is_superuser:
            raise Http404
        backup = get_object_or_404(Backup, pk=pk, state=Backup.State.GOOD)
        try:
            return file_of(backup)
        except OSError:
            messages.error(self.request, missing(backup))
            return HttpResponseRedirect(reverse("backups_list"))


def file_of(backup: Backup) -> HttpResponseBase:
    """Raises OSError when it is not there."""
    response = private_file(backup.path, backup.name, "application/gzip")
    response.headers["Content-Encoding"] = "identity"  # it is compressed: the middleware shall not do it once more
    return response


def missing(backup: Backup) -> str:
    return f"{backup.name} is no longer in BACKUP_DIR ({folder()}): it was moved or removed."
