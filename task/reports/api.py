"""Reports for programs: request one, read its rows, fetch its file."""

from typing import Any, ClassVar

from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from task.jobs.models import Job
from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, WAIT, JobRequest
from task.kit.api import AnyAnswer, FormRequest, ProblemSerializer, WholeNumber, reader_of, refusal
from task.kit.private_files import private_file
from task.reports import files, views
from task.reports.filters import ReportFilter, RepositoryFilter
from task.reports.forms import ReportForm
from task.reports.models import MOST, Report, Repository
from task.reports.tasks import crawl


class ReportSerializer(serializers.ModelSerializer[Report]):
    url = serializers.HyperlinkedIdentityField(view_name="api:report-detail")
    repositories = serializers.HyperlinkedIdentityField(view_name="api:report-repositories")
    file = serializers.SerializerMethodField(help_text="Its CSV file, once it is done.")

    class Meta:
        model = Report
        fields: ClassVar[Any] = [
            "id", "url", "language", "count", "mail", "state", "rows", "incomplete", "size", "created", "ended",
            "repositories", "file",
        ]  # fmt: skip
        read_only_fields: ClassVar[Any] = fields

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_file(self, report: Report) -> str | None:
        if not report.is_done:
            return None
        return str(reverse("api:report-file", args=[report.pk], request=self.context["request"]))


class RepositorySerializer(serializers.ModelSerializer[Repository]):
    class Meta:
        model = Repository
        fields: ClassVar[Any] = [
            "rank", "full_name", "url", "description", "stars", "forks", "language", "topics", "licence", "pushed",
        ]  # fmt: skip
        read_only_fields: ClassVar[Any] = fields


class ReportRequest(FormRequest):
    form_class = ReportForm

    language = serializers.CharField(max_length=100, help_text="As GitHub names it, in any case.")
    count = WholeNumber(least=1, most=MOST, default=100)
    mail = serializers.BooleanField(default=True, help_text="Whether to email you when it is ready.")

    def as_posted(self) -> QueryDict:
        data = super().as_posted()
        data["mail"] = "on" if self.validated_data["mail"] else "off"
        return data


class ReportViewSet(ReadOnlyModelViewSet[Report]):
    serializer_class = ReportSerializer
    queryset = Report.objects.none()

    sorts: ClassVar[dict[str, tuple[str, ...]]] = views.ReportsView.sorts
    filterset_class = ReportFilter

    def get_queryset(self) -> Any:
        return views.reports_of(reader_of(self.request))

    def found(self, pk: int) -> Report:
        report: Report = get_object_or_404(self.get_queryset(), pk=pk)
        return report

    @extend_schema(responses={200: ReportSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your reports; for staff all."""
        return super().list(request, *args, **kwargs)

    @extend_schema(responses={200: ReportSerializer, **PROBLEMS})
    def retrieve(self, request: Request, pk: Any = None, **_: Any) -> Response:
        """One report."""
        return Response(self.get_serializer(self.found(pk)).data)

    @extend_schema(
        request=ReportRequest, responses={202: ReportSerializer, **PROBLEMS}, parameters=[IDEMPOTENCY_KEY, WAIT]
    )
    def create(self, request: Request) -> Response:
        """A job asks GitHub for the repositories, another one writes the file."""
        asked = JobRequest(request)
        if first := asked.before():
            return first
        wanted = ReportRequest(data=request.data).form().cleaned_data

        def save(job: Job) -> None:
            views.save_report(job, wanted["mail"])

        arguments = {"language": wanted["language"], "count": wanted["count"]}
        return asked.start(crawl, arguments, save, lambda job: self.get_serializer(Report.objects.get(crawl=job)).data)

    @extend_schema(
        responses={
            (200, "text/csv"): OpenApiTypes.BINARY,
            409: OpenApiResponse(ProblemSerializer, "There is no file (yet), and why."),
            **PROBLEMS,
        }
    )
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: Any = None) -> HttpResponseBase:
        """Its CSV file."""
        report = self.found(pk)
        if not report.is_done:
            words = f"This report is {report.get_state_display()}, so it has no file."
            return refusal(409, words)
        try:
            return private_file(files.path_of(report), report.file_name, "text/csv")
        except OSError:
            words = "The file of this report is missing. Make the report again."
            return refusal(409, words)

    @extend_schema(responses={204: None, **PROBLEMS})
    def destroy(self, request: Request, pk: Any = None) -> Response:
        """Delete it with its file; a job that still makes it is cancelled."""
        views.delete_report(self.found(pk))
        return Response(status=204)


class RepositoryViewSet(mixins.ListModelMixin, GenericViewSet[Repository]):
    serializer_class = RepositorySerializer
    queryset = Repository.objects.none()
    sorts: ClassVar[dict[str, tuple[str, ...]]] = views.ReportView.sorts
    filterset_class = RepositoryFilter

    def get_queryset(self) -> Any:
        report = get_object_or_404(views.reports_of(reader_of(self.request)), pk=self.kwargs["pk"])
        return Repository.objects.filter(report=report)

    @extend_schema(responses={200: RepositorySerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The rows of a report."""
        return super().list(request, *args, **kwargs)


urlpatterns = [
    path("reports/", ReportViewSet.as_view({"get": "list", "post": "create"}), name="report-list"),
    path("reports/<int:pk>/", ReportViewSet.as_view({"get": "retrieve", "delete": "destroy"}), name="report-detail"),
    path("reports/<int:pk>/repositories/", RepositoryViewSet.as_view({"get": "list"}), name="report-repositories"),
    path(
        "reports/<int:pk>/file/",
        ReportViewSet.as_view({"get": "file"}, content_negotiation_class=AnyAnswer),
        name="report-file",
    ),
]
