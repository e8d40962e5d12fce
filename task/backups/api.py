"""Backups for programs of staff: what there is, and back up now."""

from typing import Any, ClassVar

from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from task.backups import views
from task.backups.models import Backup
from task.backups.tasks import back_up
from task.jobs.models import Job
from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, WAIT, JobRequest
from task.kit.api import AnyAnswer, ProblemSerializer, StaffOnly, refusal


class BackupSerializer(serializers.ModelSerializer[Backup]):
    url = serializers.HyperlinkedIdentityField(view_name="api:backup-detail")

    class Meta:
        model = Backup
        fields: ClassVar[Any] = [
            "id", "url", "name", "state", "stage", "reason", "created", "made", "size", "sha256", "rows", "files",
        ]  # fmt: skip
        read_only_fields: ClassVar[Any] = fields


class BackupViewSet(ReadOnlyModelViewSet[Backup]):
    permission_classes = [StaffOnly]
    sorts: ClassVar[dict[str, tuple[str, ...]]] = views.BackupsListView.sorts
    serializer_class = BackupSerializer
    queryset = Backup.objects.all()

    @extend_schema(responses={200: BackupSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All backups."""
        return super().list(request, *args, **kwargs)

    @extend_schema(responses={200: BackupSerializer, **PROBLEMS})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One backup."""
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=None, responses={202: BackupSerializer, **PROBLEMS}, parameters=[IDEMPOTENCY_KEY, WAIT])
    def create(self, request: Request) -> Response:
        """Back up now, by a job that also reads the backup back."""
        asked = JobRequest(request)
        if first := asked.before():
            return first

        def save(job: Job) -> None:
            views.save_backup(job)

        return asked.start(back_up, {}, save, lambda job: self.get_serializer(Backup.objects.get(job=job)).data)

    @extend_schema(
        responses={
            (200, "application/gzip"): OpenApiTypes.BINARY,
            409: OpenApiResponse(ProblemSerializer, "Its file was moved or removed."),
            **PROBLEMS,
        }
    )
    @action(detail=True, methods=["get"])
    def file(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Its file, for superusers: who has it can try out everybody's passwords."""
        if not request.user.is_superuser:
            raise Http404
        backup = get_object_or_404(Backup, pk=kwargs["pk"], state=Backup.State.GOOD)
        try:
            return views.file_of(backup)
        except OSError:
            return refusal(409, views.missing(backup))


urlpatterns = [
    path("backups/", BackupViewSet.as_view({"get": "list", "post": "create"}), name="backup-list"),
    path("backups/<int:pk>/", BackupViewSet.as_view({"get": "retrieve"}), name="backup-detail"),
    path(
        "backups/<int:pk>/file/",
        BackupViewSet.as_view({"get": "file"}, content_negotiation_class=AnyAnswer),
        name="backup-file",
    ),
]
