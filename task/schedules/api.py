"""Schedules for programs of staff: what runs by itself, add one, run one now, switch one on or off."""

import json
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.urls import path
from django_celery_beat.models import PeriodicTask
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from task.jobs import label_of
from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, JobRequest, JobSerializer
from task.kit.api import FormRequest, ProblemSerializer, StaffOnly, Strict, WholeNumber, plain, reader_of, refusal
from task.schedules.arguments import PREFIX, fields_for
from task.schedules.declared import schedulable
from task.schedules.forms import LARGEST, UNITS, NewScheduleForm
from task.schedules.rows import times_in_words, timetable
from task.schedules.run_now import CantRun, start_now, unique_key_of
from task.schedules.views import ADD, EDIT, SchedulesView

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


class KindSerializer(serializers.Serializer[Any]):
    """A kind of job that needs no person."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the field of that name
    arguments = serializers.ListField(child=serializers.CharField())


class ScheduleRequest(FormRequest):
    """Of `daily`, `every` and `cron` exactly one."""

    form_class = NewScheduleForm

    kind = serializers.CharField(max_length=200, help_text="One of /api/schedules/kinds/.")
    name = serializers.CharField(max_length=200)
    arguments = serializers.DictField(required=False, help_text="Of the kind, by their names.")
    daily = serializers.CharField(required=False, max_length=8, help_text="Each day at this time, like 07:30.")
    every = WholeNumber(required=False, least=1, most=LARGEST, help_text="Again after so many `unit`s.")
    unit = serializers.ChoiceField([unit for unit, _ in UNITS], required=False)
    cron = serializers.CharField(required=False, max_length=200, help_text="Like “30 3 * * 1”: 03:30 every Monday.")
    enabled = serializers.BooleanField(default=True)

    def as_posted(self) -> QueryDict:
        data = super().as_posted()
        for name in ("kind", "arguments"):
            data.pop(name, None)
        for name, value in self.validated_data.get("arguments", {}).items():
            data[f"{PREFIX}{name}"] = value if isinstance(value, str) else json.dumps(value)
        return data

    def validate_kind(self, name: str) -> str:
        if name not in schedulable():
            raise serializers.ValidationError("There is no such kind, or it needs a person.")
        return name

    def validate(self, wanted: dict[str, Any]) -> dict[str, Any]:
        known = fields_for(schedulable()[wanted["kind"]])
        unknown = [name for name in wanted.get("arguments", ()) if f"{PREFIX}{name}" not in known]
        if unknown:
            faults = dict.fromkeys(unknown, "This kind takes no such argument.")
            raise serializers.ValidationError({"arguments": faults})
        return wanted


EXAMPLE = OpenApiExample(
    "A backup each night", {"kind": "backups.back_up", "name": "Backup at night", "daily": "03:30"}, request_only=True
)


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

    @extend_schema(request=ScheduleRequest, responses={201: ScheduleSerializer, **PROBLEMS}, examples=[EXAMPLE])
    def create(self, request: Request) -> Response:
        """Add one. For staff who may add schedules."""
        if not reader_of(request).has_perm(ADD):
            self.permission_denied(request)
        wanted = ScheduleRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        kind = schedulable()[wanted.validated_data["kind"]]
        try:
            with transaction.atomic():
                schedule = wanted.form(kind=kind).save()
        except (IntegrityError, ValidationError):  # somebody took the name meanwhile, and the form says so
            wanted.form(kind=kind)
            raise
        return Response(self.get_serializer(self.get_queryset().get(pk=schedule.pk)).data, status=201)

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


class KindsView(APIView):
    permission_classes = [StaffOnly]

    @extend_schema(responses={200: KindSerializer(many=True), **PROBLEMS})
    def get(self, request: Request) -> Response:
        """The kinds that a schedule can run."""
        offered = sorted((label_of(name), name, kind) for name, kind in schedulable().items())
        rows = [
            {"name": name, "label": label, "arguments": [field.removeprefix(PREFIX) for field in fields_for(kind)]}
            for label, name, kind in offered
        ]
        return Response(KindSerializer(rows, many=True).data)


urlpatterns = [
    path("schedules/", ScheduleViewSet.as_view({"get": "list", "post": "create"}), name="schedule-list"),
    path("schedules/kinds/", KindsView.as_view(), name="schedule-kinds"),
    path(
        "schedules/<int:pk>/",
        ScheduleViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="schedule-detail",
    ),
    path("schedules/<int:pk>/run/", ScheduleViewSet.as_view({"post": "run"}), name="schedule-run"),
]
