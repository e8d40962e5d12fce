"""Exports: asking for one, one's own, the file, and deleting it. What has become of one is on its job's page."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.views import View

from task.books.exports import files
from task.books.exports.formats import WORDS
from task.books.exports.forms import ExportForm
from task.books.exports.models import LONGEST_WORDS, Export
from task.books.exports.tasks import export_books
from task.books.exports.wanted import LONGEST, Wanted, query_of
from task.jobs import cancel
from task.jobs.models import Job
from task.jobs.pages import JobFormView
from task.kit.lists import ListPage
from task.kit.private_files import private_file

MISSING = "The file of this export is missing. Export the books again."


class ExportsView(LoginRequiredMixin, ListPage):
    sorts = {"newest": ("-id",), "oldest": ("id",)}
    template_name = "exports/list.html"
    partial_template = "exports/_rows.html"

    def get_queryset(self) -> QuerySet[Export]:
        exports: QuerySet[Export] = Export.objects.seen_by(self.request.user).select_related("job", "owner")
        return exports.defer("owner__password", "owner__email", "job__history", "job__tally", "job__traceback")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        live = self.request.get_full_path() if any(row.is_working for row in context["rows"]) else ""
        return context | {"live_url": live, "days": settings.EXPORTS_KEEP_DAYS}


def save_export(job: Job, words: str) -> Export:
    """The row of the export that this job makes."""
    return Export.objects.create(job=job, owner=job.owner, format=job.arguments["format"], words=words[:LONGEST_WORDS])


class NewExportView(JobFormView):
    """The books of the list at the same query: `/exports/new/?q=sea` are those of `/books/?q=sea`."""

    form_class = ExportForm
    task = export_books
    template_name = "exports/new.html"
    success_message = "The file is being written. Download it here once it is ready."
    sent: Job

    @cached_property
    def query(self) -> str:
        if self.request.method == "POST":
            return query_of(QueryDict(self.request.POST.get("query", "")[:LONGEST]))
        return query_of(QueryDict(self.again.arguments["query"]) if self.again else self.request.GET)

    @cached_property
    def wanted(self) -> Wanted:
        return Wanted(self.query, self.request.user)

    def get_initial(self) -> dict[str, Any]:
        initial = super().get_initial()
        return initial | {"query": self.query}

    def save_rows(self, form: Any, job: Job) -> None:
        save_export(job, self.wanted.words)

    def submitted(self, job: Job, form: Any) -> HttpResponse:
        self.sent = job
        return super().submitted(job, form)

    def sent_before(self, job: Job) -> HttpResponse:
        self.sent = job
        return super().sent_before(job)

    def get_success_url(self) -> str:
        """The job's page, which shows the file as soon as it is there."""
        return self.sent.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)  # by then it is known whether a job is run again
        formats = [(radio, WORDS[radio.data["value"]]) for radio in context["form"]["format"]]
        wanted = {"count": self.wanted.count_in_words, "query": self.query, "words": self.wanted.words}
        return context | wanted | {"formats": formats}


class DownloadView(LoginRequiredMixin, View):
    """The file, for its owner and staff."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        export = get_object_or_404(Export.objects.seen_by(request.user), pk=pk, size__isnull=False)
        try:
            return private_file(files.path_of(export), export.file_name, export.written_as.content_type)
        except OSError:
            messages.error(request, MISSING)
            return redirect("exports_list")


def delete_export(export: Export) -> None:
    with transaction.atomic():
        Export.objects.filter(pk=export.pk).delete()
    if export.job and export.job.is_active:
        cancel(export.job)
    files.remove(export.pk)  # what can't be removed now, the retention sweeps up


class DeleteView(LoginRequiredMixin, View):
    """Row and file together, and no job goes on."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        export = get_object_or_404(Export.objects.seen_by(request.user).select_related("job"), pk=pk)
        delete_export(export)
        messages.success(request, f"Export deleted: {export}.")
        return redirect("exports_list")
