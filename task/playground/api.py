"""The playground for programs: start a canvas, see what became of its tasks as Celery reports them."""

from typing import Any, ClassVar

from django.db import IntegrityError
from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import ReadOnlyModelViewSet

from task.jobs import Now
from task.jobs.pages.api import IDEMPOTENCY_KEY, OTHER_REQUEST, PROBLEMS, JobRequest
from task.kit.api import FormRequest, ProblemSerializer, reader_of, refusal
from task.playground.canvases import CANVASES
from task.playground.forms import CanvasForm
from task.playground.models import PlaygroundRun
from task.playground.start import TooMany, start
from task.playground.statuses import state_of, statuses_of, words_of
from task.playground.views import AWAY, runs_of


class RunSerializer(serializers.ModelSerializer[PlaygroundRun]):
    url = serializers.HyperlinkedIdentityField(view_name="api:playground-detail")

    class Meta:
        model = PlaygroundRun
        fields: ClassVar[Any] = ["id", "url", "canvas", "inputs", "created", "ended", "outcome"]
        read_only_fields: ClassVar[Any] = fields


class RunTaskSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    state = serializers.CharField()


class RunDetailSerializer(RunSerializer):
    state = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField()
    tasks = serializers.SerializerMethodField()

    class Meta(RunSerializer.Meta):
        fields: ClassVar[Any] = [*RunSerializer.Meta.fields, "state", "result", "tasks"]
        read_only_fields: ClassVar[Any] = fields

    def get_state(self, run: PlaygroundRun) -> str:
        return state_of(self.context["stages"])

    def get_result(self, run: PlaygroundRun) -> str:
        return str(words_of(run, self.context["stages"]))

    @extend_schema_field(RunTaskSerializer(many=True))
    def get_tasks(self, run: PlaygroundRun) -> Any:
        pairs = zip(run.graph, self.context["stages"], strict=True)
        return [
            {"name": node["task"], "state": status.state}
            for nodes, seen in pairs
            for node, status in zip(nodes, seen, strict=True)
        ]


class RunRequest(FormRequest):
    form_class = CanvasForm

    canvas = serializers.ChoiceField(sorted(CANVASES))
    numbers = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=100)

    def as_posted(self) -> Any:
        data = super().as_posted()
        data["numbers"] = ", ".join(map(str, self.validated_data["numbers"]))
        return data


class RunViewSet(ReadOnlyModelViewSet[PlaygroundRun]):
    serializer_class = RunSerializer
    queryset = PlaygroundRun.objects.none()
    sorts: ClassVar[dict[str, tuple[str, ...]]] = {"newest": ("-created", "-id")}

    def get_queryset(self) -> Any:
        runs = runs_of(reader_of(self.request)).annotate(now=Now())
        return runs.defer("graph", "result", "owner__password") if self.action == "list" else runs

    @extend_schema(responses={200: RunSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your runs; for staff all."""
        return super().list(request, *args, **kwargs)

    @extend_schema(responses={200: RunDetailSerializer, **PROBLEMS})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A run with its tasks, as Celery reports them."""
        run: Any = get_object_or_404(self.get_queryset(), pk=kwargs["pk"])
        stages = statuses_of(run, run.now)
        run.refresh_from_db(fields=["result"])  # it may have been written after the row was read
        return Response(RunDetailSerializer(run, context={"request": request, "stages": stages}).data)

    @extend_schema(
        request=RunRequest,
        responses={202: RunSerializer, 503: OpenApiResponse(ProblemSerializer, "The queue is away."), **PROBLEMS},
        parameters=[IDEMPOTENCY_KEY],
    )
    def create(self, request: Request) -> Response:
        """Start a canvas: plain Celery, which no job guards."""
        asked, wanted = JobRequest(request), RunRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        form = wanted.form(canvas=CANVASES[wanted.validated_data["canvas"]])
        numbers = form.cleaned_data["numbers"]
        if before := self.sent_before(asked.name, form.chosen.name, numbers):
            return before
        try:
            run, sent = start(request.user, form.chosen, numbers, asked.name)
        except IntegrityError:
            before = self.sent_before(asked.name, form.chosen.name, numbers)
            if before is None:
                raise
            return before
        except TooMany as reason:
            return refusal(409, str(reason))
        if not sent.taken:
            return refusal(503, AWAY, {"Retry-After": "5"})
        return self.started(run)

    def sent_before(self, name: str | None, canvas: str, numbers: Any) -> Response | None:
        """The answer where this Idempotency-Key has started a run already."""
        run = PlaygroundRun.objects.filter(unique_key=name).first() if name else None
        if run is None:
            return None
        if (run.canvas, run.inputs) != (canvas, numbers):
            return refusal(422, OTHER_REQUEST)
        return self.started(run)

    def started(self, run: PlaygroundRun) -> Response:
        address = str(reverse("api:playground-detail", args=[run.pk], request=self.request))
        return Response(self.get_serializer(run).data, status=202, headers={"Location": address})


urlpatterns = [
    path("playground/", RunViewSet.as_view({"get": "list", "post": "create"}), name="playground-list"),
    path("playground/<uuid:pk>/", RunViewSet.as_view({"get": "retrieve"}), name="playground-detail"),
]
