"""Schedules for programs of staff: what runs by itself, run one now, switch one on or off."""

from typing import Any, ClassVar

from django.urls import path
from django_celery_beat.models import PeriodicTask
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, JobRequest, JobSerializer
from task.kit.api import ProblemSerializer, StaffOnly, Strict, plain, reader_of, refusal
from task.schedules.rows import times_in_words, timetable
from task.schedules.run_now import CantRun, start_now, unique_key_of
from task.schedules.views import EDIT, SchedulesView

CANT = {409: OpenApiResponse(ProblemSerializer, "It can't run, and why.")}


class ScheduleSerializer(serializers.ModelSerializer[PeriodicTask]):
    url = serializers.HyperlinkedIdentityField(view_name="api:schedule-detail")
    kind = serializers.CharField(source="task")
    times = serializers.SerializerMethodField(help_text="When it runs, in words.")
    next_run = serializers.SerializerMethodField()

    class Meta:
        model = PeriodicTask
        fields: ClassVar[Any] = ["id", "url", "name", "kind", "description", "enabled", "times", "next_run"]
        read_only_fields: ClassVar[Any] = fields

    def get_times(self, schedule: PeriodicTask) -> str:
        return plain(times_in_words(schedule))

    @extend_schema_field({"type": "string", "format": "date-time", "nullable": True})
    def get_next_run(self, schedule: PeriodicTask) -> Any:
        return timetable().next_run(schedule)


class SwitchRequest(Strict):
    enabled = serializers.BooleanField(required=False)


class ScheduleViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[PeriodicTask]):
    permission_classes = [StaffOnly]
    serializer_class = ScheduleSerializer
    sorts: ClassVar[dict[str, tuple[str, ...]]] = SchedulesView.sorts
    queryset = PeriodicTask.objects.select_related("interval", "crontab", "solar", "clocked")

    @extend_schema(responses={200: ScheduleSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What runs by itself."""
        return super().list(request, *args, **kwargs)

    @extend_schema(responses={200: ScheduleSerializer, **PROBLEMS})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One schedule."""
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(request=SwitchRequest, responses={200: ScheduleSerializer, **PROBLEMS})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Switch it on, from now on, or off. For staff who may change schedules."""
        schedule = self.get_object()
        if not reader_of(request).has_perm(EDIT):
            self.permission_denied(request)
        wanted = SwitchRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        enabled = wanted.validated_data.get("enabled", schedule.enabled)
        # What is on already does not begin anew.
        timetable().from_now_on(PeriodicTask.objects.filter(pk=schedule.pk, enabled=not enabled), enabled=enabled)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None, responses={202: JobSerializer, **PROBLEMS, **CANT}, parameters=[IDEMPOTENCY_KEY])
    @action(detail=True, methods=["post"])
    def run(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Its job now, with its arguments."""
        schedule, asked = self.get_object(), JobRequest(request)
        if first := asked.before():
            return first
        try:
            return asked.begin(lambda: start_now(schedule, request.user, asked.name or unique_key_of(schedule, "")))
        except CantRun as reason:
            return refusal(409, str(reason))


urlpatterns = [
    path("schedules/", ScheduleViewSet.as_view({"get": "list"}), name="schedule-list"),
    path(
        "schedules/<int:pk>/",
        ScheduleViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="schedule-detail",
    ),
    path("schedules/<int:pk>/run/", ScheduleViewSet.as_view({"post": "run"}), name="schedule-run"),
]
