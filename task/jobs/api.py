"""Jobs for programs: the own ones, what came of them, cancel and retry."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from task.jobs.models import Job, JobQuerySet
from task.jobs.pages import actions
from task.jobs.pages.api import PROBLEMS, WAIT, JobDetailSerializer, JobSerializer, etag_of, wait_for
from task.jobs.pages.views import JobFilter, JobsListView
from task.kit.api import ProblemSerializer, reader_of, refusal

REFUSED = {409: OpenApiResponse(ProblemSerializer, "It can't be done any more, and why.")}


@extend_schema_view(
    list=extend_schema(responses={200: JobSerializer(many=True), **PROBLEMS}),
)
class JobViewSet(ReadOnlyModelViewSet[Job]):
    """What you, or for staff anybody, have requested."""

    sorts: ClassVar[dict[str, tuple[str, ...]]] = JobsListView.sorts
    filterset_class = JobFilter
    serializer_class = JobSerializer
    queryset = Job.objects.none()  # for the schema
    lookup_value_converter = "uuid"

    def get_queryset(self) -> JobQuerySet:
        jobs: JobQuerySet = Job.objects.seen_by(reader_of(self.request))
        return jobs.for_list() if self.action == "list" else jobs.select_related("owner", "parent")

    def found(self, pk: UUID) -> Job:
        job: Job = get_object_or_404(self.get_queryset(), pk=pk)
        return job

    @extend_schema(
        responses={200: JobDetailSerializer, 304: OpenApiResponse(None, "As it was: If-None-Match."), **PROBLEMS},
        parameters=[WAIT, OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER)],
    )
    def retrieve(self, request: Request, pk: Any = None, **_: Any) -> Response:
        job, headers = wait_for(request, self.found(pk))
        headers = {"ETag": etag_of(job), **headers}
        if headers["ETag"] in [each.strip() for each in request.headers.get("If-None-Match", "").split(",")]:
            return Response(status=304, headers=headers)
        return Response(JobDetailSerializer(job, context={"request": request}).data, headers=headers)

    @extend_schema(request=None, responses={200: JobDetailSerializer, **REFUSED, **PROBLEMS})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: Any = None, **_: Any) -> Response:
        """Stop it: at once while it waits, at its next step while it runs."""
        return self.answer(request, pk, actions.cancel)

    @extend_schema(request=None, responses={200: JobDetailSerializer, **REFUSED, **PROBLEMS})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: Any = None, **_: Any) -> Response:
        """Go on with one that failed or was cancelled, where it stopped."""
        return self.answer(request, pk, actions.retry)

    @extend_schema(request=None, responses={200: JobDetailSerializer, **PROBLEMS})
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: Any = None, **_: Any) -> Response:
        """Take one that failed off the list of what needs attention."""
        actions.dismiss(self.found(pk))
        return Response(JobDetailSerializer(self.found(pk), context={"request": request}).data)

    def answer(self, request: Request, pk: Any, act: Any) -> Response:
        job = self.found(pk)
        done, words, _ = act(job)
        if not done:
            return refusal(409, words)
        return Response(JobDetailSerializer(self.found(pk), context={"request": request}).data)


urlpatterns = [
    path("jobs/", JobViewSet.as_view({"get": "list"}), name="job-list"),
    path("jobs/<uuid:pk>/", JobViewSet.as_view({"get": "retrieve"}), name="job-detail"),
    path("jobs/<uuid:pk>/cancel/", JobViewSet.as_view({"post": "cancel"}), name="job-cancel"),
    path("jobs/<uuid:pk>/retry/", JobViewSet.as_view({"post": "retry"}), name="job-retry"),
    path("jobs/<uuid:pk>/dismiss/", JobViewSet.as_view({"post": "dismiss"}), name="job-dismiss"),
]
