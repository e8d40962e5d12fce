"""The sources, for programs of the staff: how each stands, pause and resume, trying an ISBN, a raw answer."""

from typing import Any

from django.conf import settings
from django.http import Http404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from task.books.sources import SOURCES, Source
from task.books.standing.states import Standing, move, standings, switch
from task.books.standing.trying import ROWS, Trial, try_isbn
from task.books.standing.views import TryForm, raw_of, source_called
from task.jobs.pages.api import PROBLEMS
from task.kit.api import ProblemSerializer, Strict, reader_of


class LoadedSerializer(serializers.Serializer[Any]):
    files = serializers.ListField(child=serializers.CharField())
    as_of = serializers.DateField(allow_null=True, help_text="The newest change in it.")
    loaded = serializers.DateTimeField()
    editions = serializers.IntegerField(help_text="With an ISBN.")
    isbns = serializers.IntegerField()
    works = serializers.IntegerField()
    authors = serializers.IntegerField()
    size = serializers.IntegerField(help_text="Bytes on disk.")


class SourceSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(source="source.key", help_text="As in SOURCES.")
    name = serializers.CharField(source="source.label")
    place = serializers.IntegerField(help_text="In the order in which they are asked; 0: it is not.")
    state = serializers.ChoiceField(["answering", "paused", "failing", "off"])
    reason = serializers.CharField(source="why", allow_blank=True)
    next_try = serializers.DateTimeField(source="until", allow_null=True)
    paused = serializers.SerializerMethodField(help_text="By staff: look-ups skip it.")
    seconds = serializers.FloatField(source="source.seconds", help_text="Between two requests.")
    asked = serializers.IntegerField(help_text="Books in 30 days.")
    found = serializers.IntegerField()
    last_answer = serializers.DateTimeField(source="last_at", allow_null=True)
    loading = serializers.UUIDField(source="loading.pk", allow_null=True, help_text="The job that loads dumps into it.")
    loaded = LoadedSerializer(allow_null=True, help_text="Of Open Library's dumps, into the local catalogue.")

    def get_paused(self, standing: Standing) -> bool:
        return standing.paused_at is not None


class SourceChange(Strict):
    paused = serializers.BooleanField(required=False)
    place = serializers.IntegerField(required=False, min_value=1, max_value=1000, help_text="The first is 1.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError("Send paused, place or both.")
        return attrs


class TryRequest(Strict):
    isbn = serializers.CharField(max_length=200)


class SaidSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="Of the source.")
    words = serializers.CharField(allow_blank=True, help_text="Instead of a record: why there is none.")
    fields_found = serializers.DictField(child=serializers.CharField(), help_text="By field, as the page shows it.")
    raw = serializers.CharField(allow_blank=True)


class TrialSerializer(serializers.Serializer[Any]):
    isbn = serializers.CharField()
    taken = serializers.DictField(child=serializers.CharField(), help_text="By field the source the book would have.")
    answers = SaidSerializer(many=True)
    not_asked = serializers.ListField(child=serializers.CharField())


class OfStaff(APIView):
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not reader_of(request).is_staff:
            raise NotFound


class SourceListView(OfStaff):
    @extend_schema(responses={200: SourceSerializer(many=True), **PROBLEMS})
    def get(self, request: Request) -> Response:
        """Staff: in the order in which they are asked, then those that are off."""
        return Response(SourceSerializer(standings(), many=True).data)


def called(key: str) -> Source:
    try:
        return source_called(key)
    except Http404:
        raise NotFound from None


def one(source: Source) -> Response:
    return Response(SourceSerializer(next(each for each in standings() if each.source is source)).data)


KEY = OpenApiParameter("key", str, OpenApiParameter.PATH, enum=list(SOURCES))
NO_KEY = {405: OpenApiResponse(ProblemSerializer, "`try` is no source, but tries an ISBN.")}


class SourceView(OfStaff):
    @extend_schema(parameters=[KEY], responses={200: SourceSerializer, **NO_KEY, **PROBLEMS})
    def get(self, request: Request, key: str) -> Response:
        """Staff."""
        return one(called(key))

    @extend_schema(request=SourceChange, parameters=[KEY], responses={200: SourceSerializer, **NO_KEY, **PROBLEMS})
    def patch(self, request: Request, key: str) -> Response:
        """Staff: pause it, so that look-ups skip it, or resume it; and say as which one it is asked."""
        source, wanted = called(key), SourceChange(data=request.data)
        wanted.is_valid(raise_exception=True)
        change = wanted.validated_data
        if "place" in change and not move(source, change["place"]):
            count = len(settings.SOURCES)
            why = f"There are {count} places." if source.key in settings.SOURCES else f"SOURCES does not name {key}."
            raise serializers.ValidationError({"place": why})
        if "paused" in change:
            switch(source, change["paused"], request.user)
        return one(source)


class SourceTryView(OfStaff):
    @extend_schema(request=TryRequest, responses={200: TrialSerializer, **PROBLEMS})
    def post(self, request: Request) -> Response:
        """Staff: ask all sources for an ISBN. Nothing of it is written."""
        wanted = TryRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        form = TryForm(wanted.validated_data)
        if not form.is_valid():
            raise serializers.ValidationError({"isbn": list(map(str, form.errors["isbn"]))})
        return Response(TrialSerializer(answers_of(try_isbn(form.cleaned_data["isbn"]))).data)


def answers_of(trial: Trial) -> dict[str, Any]:
    names = {label: name for name, label in ROWS}
    rows = [(names[label], cells) for label, cells in trial.rows]
    answers = [
        {
            "key": column.source.key,
            "words": column.words,
            "fields_found": {name: cells[place].value for name, cells in rows if cells[place].value},
            "raw": column.raw,
        }
        for place, column in enumerate(trial.columns)
    ]
    taken = {
        name: trial.columns[place].source.key
        for name, cells in rows
        for place, cell in enumerate(cells)
        if cell.is_taken
    }
    return {"isbn": trial.isbn, "taken": taken, "answers": answers, "not_asked": trial.not_asked}


class RawView(OfStaff):
    @extend_schema(parameters=[KEY], responses={200: OpenApiTypes.STR, **PROBLEMS})
    def get(self, request: Request, key: str, isbn: str) -> Response:
        """Staff: what a source said last of a book, as it came, as a JSON string."""
        source = called(key)
        try:
            return Response(raw_of(source, isbn))
        except Http404:
            raise NotFound from None


urlpatterns = [
    path("sources/", SourceListView.as_view(), name="source-list"),
    path("sources/try/", SourceTryView.as_view(), name="source-try"),
    path("sources/<slug:key>/", SourceView.as_view(), name="source-detail"),
    path("sources/<slug:key>/raw/<book:isbn>/", RawView.as_view(), name="source-raw"),
]
