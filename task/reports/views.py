"""Reports: the list, the form, one with its rows, its file, and deleting it."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse, reverse_lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views import View

from task.jobs import cancel
from task.jobs.models import Job, JobQuerySet
from task.jobs.pages import JobFormView, jobs_of
from task.jobs.pages.status import status_of
from task.kit.lists import ListPage
from task.kit.private_files import private_file
from task.reports import files
from task.reports.filters import ReportFilter, RepositoryFilter
from task.reports.forms import ReportForm
from task.reports.models import Report, Repository, description_of
from task.reports.tasks import crawl, remove_rows


def reports_of(user: Any) -> QuerySet[Report]:
    """The reports that this person may see: the owner stands in the look-up, so a stranger's report is a 404."""
    reports = Report.objects.all()
    return reports if user.is_staff else reports.filter(owner=user.pk)


def jobs_of_reports(crawls: Iterable[Any]) -> JobQuerySet:
    """The jobs that crawl, and those that build after them, the oldest first.

    Nothing else is a child of a crawl. With the kind named, SQLite would look through all jobs of that kind.
    """
    crawls = list(crawls)
    return Job.objects.filter(Q(pk__in=crawls) | Q(parent__in=crawls)).order_by("created")


def with_jobs(reports: Iterable[Report]) -> None:
    """Give each report that is not done its job: the last one that was at it. One query, or none."""
    undone = {report.crawl_id: report for report in reports if not report.is_done}
    if not undone:
        return
    for job in jobs_of_reports(undone).for_list():
        report = undone.get(job.pk) or undone.get(job.parent_id or job.pk)
        if report:
            report.job, report.status = job, status_of(job)


class ReportsView(LoginRequiredMixin, ListPage):
    filterset_class = ReportFilter
    sorts = {"newest": ("-id",), "oldest": ("id",)}
    template_name = "reports/list.html"
    partial_template = "reports/_rows.html"

    def get_queryset(self) -> QuerySet[Report]:
        reports = reports_of(self.request.user)
        if not self.request.user.is_staff:
            return reports
        wide = ("owner__password", "owner__email")
        return reports.select_related("owner").defer(*wide)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        with_jobs(context["rows"])
        live = self.request.get_full_path() if any(row.is_working for row in context["rows"]) else ""
        return context | {"live_url": live}


def save_report(job: Job, mail: bool) -> None:
    """The row of the report that this job makes. `mail`: whether to email its owner."""
    Report.objects.create(crawl=job, owner=job.owner, mail=mail, **job.arguments)


class NewReportView(JobFormView):
    form_class = ReportForm
    task = crawl
    template_name = "reports/new.html"
    success_url = reverse_lazy("reports_list")

    def get_arguments(self, form: Any) -> dict[str, Any]:
        return {"language": form.cleaned_data["language"], "count": form.cleaned_data["count"]}

    def save_rows(self, form: Any, job: Job) -> None:
        save_report(job, form.cleaned_data["mail"])

    def get_success_message(self, job: Job) -> SafeString:
        words = "Making your report: {}. <a href='{}'>Watch it</a>"
        return format_html(words, description_of(**job.arguments), job.get_absolute_url())

    def initial_from(self, job: Job) -> dict[str, Any]:
        report = Report.objects.filter(crawl=job).only("mail").first()
        return super().initial_from(job) | ({"mail": report.mail} if report else {})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"has_token": bool(settings.GITHUB_TOKEN.strip())}


class ReportView(LoginRequiredMixin, ListPage):
    """One report, with its rows as a table."""

    filterset_class = RepositoryFilter
    sorts = {"stars": ("-stars", "id"), "name": ("name_key", "id"), "forks": ("-forks", "id")}
    template_name = "reports/detail.html"
    partial_template = "reports/_live.html"
    page_size = 50

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.report = get_object_or_404(reports_of(request.user).select_related("owner"), pk=kwargs["pk"])
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Repository]:
        return Repository.objects.filter(report=self.report).defer("topics")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        with_jobs([self.report])
        live = self.request.get_full_path() if self.report.is_working else ""
        keys = [job.pk for job in jobs_of_reports([self.report.crawl_id]).only("pk")]
        jobs = list(jobs_of(self.request.user, *keys))
        context = super().get_context_data(**kwargs)
        searched = bool(context["rows"] or context["query"] or self.report.is_working)
        return context | {"report": self.report, "jobs": jobs, "live_url": live, "own_search": searched}


class DownloadView(LoginRequiredMixin, View):
    """The file, for its owner and staff."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        report = get_object_or_404(reports_of(request.user), pk=pk, state=Report.State.DONE)
        try:
            return private_file(files.path_of(report), report.file_name, "text/csv; charset=utf-8")
        except OSError:
            messages.error(request, "The file of this report is missing. Make the report again.")
            return redirect(report)


def delete_report(report: Report) -> None:
    with transaction.atomic():
        remove_rows(Report.objects.filter(pk=report.pk))
    # Without its row no job comes after those that are looked for now.
    for job in jobs_of_reports([report.crawl_id]).active():
        cancel(job)
    files.remove(report.pk)  # what can't be removed now, the retention sweeps up


class DeleteView(LoginRequiredMixin, View):
    """Row and file together, and no job goes on."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        report = get_object_or_404(reports_of(request.user), pk=pk)
        delete_report(report)
        messages.success(request, f"Report deleted: {report}.")
        return redirect(reverse("reports_list"))
