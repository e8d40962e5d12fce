"""Exports for programs: request one, wait for it, fetch its file."""

from typing import Any, ClassVar

from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import ReadOnlyModelViewSet

from task.books.exports import files, views
from task.books.exports.forms import ExportForm
from task.books.exports.models import Export, Format
from task.books.exports.tasks import export_books
from task.books.exports.wanted import LONGEST, Wanted, query_of
from task.jobs.models import Job
from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, WAIT, JobRequest
from task.kit.api import AnyAnswer, FormRequest, ProblemSerializer, reader_of, refusal
from task.kit.private_files import private_file


class ExportSerializer(serializers.ModelSerializer[Export]):
    url = serializers.HyperlinkedIdentityField(view_name="api:export-detail")
    state = serializers.ChoiceField(choices=["working", "done", "failed", "cancelled"], read_only=True)
    job = serializers.SerializerMethodField(help_text="The job that makes it; null once it is deleted.")
    file = serializers.SerializerMethodField(help_text="Its file, once it is done.")

    class Meta:
        model = Export
        fields: ClassVar[Any] = [
            "id", "url", "format", "words", "state", "books", "left_out", "size", "created", "job", "file",
        ]  # fmt: skip
        read_only_fields: ClassVar[Any] = fields

    def address(self, route: str, key: Any) -> str:
        return str(reverse(f"api:{route}", args=[key], request=self.context["request"]))

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_job(self, export: Export) -> str | None:
        return self.address("job-detail", export.job_id) if export.job else None

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_file(self, export: Export) -> str | None:
        return self.address("export-file", export.pk) if export.is_done else None


class ExportRequest(FormRequest):
    form_class = ExportForm

    format = serializers.ChoiceField(choices=Format.choices, default=Format.CSV)
    query = serializers.CharField(
        required=False, allow_blank=True, max_length=LONGEST,
        help_text="What narrows the list of books, as in its address: `q=sea&state=filled`. Empty: all books.",
    )  # fmt: skip

    def validate_query(self, query: str) -> str:
        """A filter that is not known, or a choice that is none, would export more than is wanted."""
        params = QueryDict(query)
        found = Wanted(query_of(params), reader_of(self.context["request"])).filter
        if unknown := sorted(set(params) - {*found.filters, "job"}):
            raise serializers.ValidationError(f"There is no filter “{unknown[0][:100]}” of the books.")
        for name, faults in found.form.errors.items():
            raise serializers.ValidationError(f"{name}: {faults[0]}")
        return query


class ExportViewSet(ReadOnlyModelViewSet[Export]):
    serializer_class = ExportSerializer
    queryset = Export.objects.none()
    sorts: ClassVar[dict[str, tuple[str, ...]]] = views.ExportsView.sorts

    def get_queryset(self) -> Any:
        return Export.objects.seen_by(reader_of(self.request)).select_related("job")

    def found(self, pk: int) -> Export:
        export: Export = get_object_or_404(self.get_queryset(), pk=pk)
        return export

    @extend_schema(responses={200: ExportSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your exports; for staff all."""
        return super().list(request, *args, **kwargs)

    @extend_schema(responses={200: ExportSerializer, **PROBLEMS})
    def retrieve(self, request: Request, pk: Any = None, **_: Any) -> Response:
        """One export."""
        return Response(self.get_serializer(self.found(pk)).data)

    @extend_schema(
        request=ExportRequest, responses={202: ExportSerializer, **PROBLEMS}, parameters=[IDEMPOTENCY_KEY, WAIT]
    )
    def create(self, request: Request) -> Response:
        """Export the books of a list: a job writes the file."""
        asked = JobRequest(request)
        if first := asked.before():
            return first
        wanted = ExportRequest(data=request.data, context={"request": request}).form().cleaned_data
        words = Wanted(wanted["query"], reader_of(request)).words

        def save(job: Job) -> None:
            views.save_export(job, words)

        return asked.start(
            export_books, wanted, save, lambda job: self.get_serializer(self.get_queryset().get(job=job)).data
        )

    @extend_schema(
        responses={
            **{(200, each.content_type.partition(";")[0]): OpenApiTypes.BINARY for each in Format},
            409: OpenApiResponse(ProblemSerializer, "There is no file (yet), and why."),
            **PROBLEMS,
        }
    )
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: Any = None) -> HttpResponseBase:
        """Its file."""
        export = self.found(pk)
        if not export.is_done:
            return refusal(409, f"This export is {export.word}, so it has no file.")
        try:
            return private_file(files.path_of(export), export.file_name, export.written_as.content_type)
        except OSError:
            return refusal(409, views.MISSING)

    @extend_schema(responses={204: None, **PROBLEMS})
    def destroy(self, request: Request, pk: Any = None) -> Response:
        """Delete it with its file; a job that still writes it is cancelled."""
        views.delete_export(self.found(pk))
        return Response(status=204)


urlpatterns = [
    path("exports/", ExportViewSet.as_view({"get": "list", "post": "create"}), name="export-list"),
    path("exports/<int:pk>/", ExportViewSet.as_view({"get": "retrieve", "delete": "destroy"}), name="export-detail"),
    path(
        "exports/<int:pk>/file/",
        ExportViewSet.as_view({"get": "file"}, content_negotiation_class=AnyAnswer),
        name="export-file",
    ),
]
