"""Names for programs of staff: rename, merge, undo, and names that may be one."""

from typing import Any, ClassVar

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import GenericViewSet

from task.books.merging import changing
from task.books.merging.doubles import COUNTED, Side, doubles
from task.books.merging.forms import BIGGEST, MergeForm, NoDoubleForm, RenameForm
from task.books.merging.models import NameChange
from task.books.merging.moving import tables_of
from task.books.merging.tasks import merge_names, rename
from task.books.merging.views import LONGEST
from task.books.models import NAME_LENGTH
from task.jobs.models import Job
from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, WAIT, JobRequest
from task.kit.api import FormRequest, ProblemSerializer, StaffOnly, refusal

TARGET = OpenApiParameter("target", str, OpenApiParameter.PATH, enum=["authors", "people", "subjects"])
NOT_NOW = {409: OpenApiResponse(ProblemSerializer, "It can't be undone, and why.")}


class NameChangeSerializer(serializers.ModelSerializer[NameChange]):
    """A merge, or a new name."""

    state = serializers.ChoiceField(choices=["working", "done", "undone", "stopped"], read_only=True)
    by = serializers.CharField(allow_null=True)
    job = serializers.SerializerMethodField(help_text="The job that does it; null once it is deleted.")
    name = serializers.IntegerField(help_text="The id of the one that remains, or that got the new name.")

    class Meta:
        model = NameChange
        fields: ClassVar[Any] = [
            "id", "target", "kind", "name", "other", "was", "now", "state", "moved", "doubles", "by", "created", "job",
        ]  # fmt: skip
        read_only_fields: ClassVar[Any] = fields

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_job(self, change: NameChange) -> str | None:
        if not change.job:
            return None
        return str(reverse("api:job-detail", args=[change.job_id], request=self.context["request"]))


class RenameRequest(FormRequest):
    form_class = RenameForm

    name = serializers.CharField(max_length=NAME_LENGTH)


class MergeRequest(FormRequest):
    form_class = MergeForm

    into = serializers.IntegerField(min_value=1, max_value=BIGGEST, help_text="The id of the one that remains.")


class NoDoubleRequest(FormRequest):
    form_class = NoDoubleForm

    one = serializers.IntegerField(min_value=1, max_value=BIGGEST)
    other = serializers.IntegerField(min_value=1, max_value=BIGGEST)


class SideSerializer(serializers.Serializer[Side]):
    id = serializers.IntegerField(source="named.pk")
    name = serializers.CharField(source="named.name")
    books = serializers.IntegerField(source="count", help_text=f"Counted to {COUNTED + 1:,}.")
    titles = serializers.SerializerMethodField(help_text="Of its newest books.")

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_titles(self, side: Side) -> list[str]:
        return [book.heading for book in side.books]


class PairSerializer(serializers.Serializer[Any]):
    one = SideSerializer()
    other = SideSerializer()


class DoublesSerializer(serializers.Serializer[Any]):
    pairs = PairSerializer(many=True)
    more_like = serializers.CharField(
        help_text="A name that has more pairs: they follow once these are merged or dismissed. Empty: there is none."
    )
    next_after = serializers.CharField(help_text="Send it as `after` for the next ones. Empty: there are no more.")


@extend_schema(tags=["names"])
class NamesViewSet(ListModelMixin, GenericViewSet[NameChange]):
    permission_classes = (StaffOnly,)
    sorts: ClassVar[dict[str, tuple[str, ...]]] = {"newest": ("-id",)}
    serializer_class = NameChangeSerializer
    queryset = NameChange.objects.none()

    def get_queryset(self) -> Any:
        changes = NameChange.objects.select_related("by", "job", "undo_job")
        if "target" not in self.kwargs:
            return changes
        return changes.filter(target=self.kwargs["target"], name=self.kwargs["pk"])

    def answer(self, job: Job) -> Any:
        return self.get_serializer(NameChange.objects.select_related("by", "job").get(pk=job.arguments["change"])).data

    def named(self, target: str, pk: int) -> Any:
        if pk > BIGGEST:
            raise Http404("No such name.")
        return changing.one_that_remains(target, pk)

    @extend_schema(parameters=[TARGET], responses={200: NameChangeSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Staff: what was merged into a name, and what it was called before."""
        self.named(self.kwargs["target"], self.kwargs["pk"])
        return super().list(request, *args, **kwargs)

    @extend_schema(
        request=RenameRequest, parameters=[TARGET, IDEMPOTENCY_KEY, WAIT],
        responses={202: NameChangeSerializer, **PROBLEMS},
    )  # fmt: skip
    def rename(self, request: Request, target: str = "", pk: int = 0) -> Response:
        """Staff: another name, which no source changes. The old spelling goes on leading to it."""
        asked = JobRequest(request)
        if first := asked.before():
            return first
        named = self.named(target, pk)
        name = RenameRequest(data=request.data).form(named=named).cleaned_data["name"]
        return asked.start(rename, {}, lambda job: changing.new_rename(job, named, name), self.answer)

    @extend_schema(
        request=MergeRequest, parameters=[TARGET, IDEMPOTENCY_KEY, WAIT],
        responses={202: NameChangeSerializer, **PROBLEMS},
    )  # fmt: skip
    def merge(self, request: Request, target: str = "", pk: int = 0) -> Response:
        """Staff: merge this name into another. Its books move, and its name and address lead to the other one."""
        asked = JobRequest(request)
        if first := asked.before():
            return first
        named = self.named(target, pk)
        into = MergeRequest(data=request.data).form(named=named).cleaned_data["into"]
        return asked.start(merge_names, {}, lambda job: changing.new_merge(job, named, into), self.answer)

    @extend_schema(
        request=None, parameters=[IDEMPOTENCY_KEY, WAIT], responses={202: NameChangeSerializer, **NOT_NOW, **PROBLEMS}
    )
    def undo(self, request: Request, pk: int = 0) -> Response:
        """Staff: take a merge or a new name back. A merge can be undone for 30 days."""
        asked = JobRequest(request)
        if first := asked.before():
            return first
        if pk > BIGGEST:
            raise Http404("No such change.")
        change = get_object_or_404(self.get_queryset(), pk=pk)
        try:
            return asked.begin(lambda: changing.undo(change, request.user, asked.name), self.answer)
        except changing.NotUndone as why:
            return asked.before() or refusal(409, str(why))

    @extend_schema(
        parameters=[TARGET, OpenApiParameter("after", str, description="Where the last answer ended.")],
        responses={200: DoublesSerializer, **PROBLEMS},
    )
    def doubles(self, request: Request, target: str = "") -> Response:
        """Staff: possible duplicates, in pairs: names that look alike."""
        found = doubles(target, request.query_params.get("after", "")[:LONGEST])
        pairs = [{"one": one, "other": other} for one, other in found.pairs]
        page = {"pairs": pairs, "more_like": found.more_like, "next_after": found.next_after}
        return Response(DoublesSerializer(page).data)

    @extend_schema(request=NoDoubleRequest, parameters=[TARGET], responses={204: None, **PROBLEMS})
    def dismiss(self, request: Request, target: str = "") -> Response:
        """Staff: keep both. They are possible duplicates no more."""
        table, _ = tables_of(target)
        wanted = NoDoubleRequest(data=request.data).form(table=table).cleaned_data
        changing.dismiss(target, wanted["one"], wanted["other"], request.user)
        return Response(status=204)


def route(address: str, name: str, **actions: Any) -> Any:
    return path(address, NamesViewSet.as_view(actions), name=name)


urlpatterns = [
    route("<names:target>/doubles/", "names-doubles", get="doubles"),
    route("<names:target>/doubles/dismiss/", "names-no-double", post="dismiss"),
    route("<names:target>/<int:pk>/rename/", "name-rename", post="rename"),
    route("<names:target>/<int:pk>/merge/", "name-merge", post="merge"),
    route("<names:target>/<int:pk>/changes/", "name-changes", get="list"),
    route("names/changes/<int:pk>/undo/", "name-undo", post="undo"),
]
