"""The history of a book, for programs."""

from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from task.books.changes import NotReverted, revert
from task.books.models import Book, BookChange, to_number
from task.books.record import cut
from task.jobs.pages.api import PROBLEMS
from task.kit.api import ProblemSerializer, reader_of, refusal

NOT_NOW = {409: OpenApiResponse(ProblemSerializer, "It can't be taken back, and why.")}


class ChangeSerializer(serializers.ModelSerializer[BookChange]):
    """What a person or a source changed in one go."""

    by = serializers.SerializerMethodField(help_text="The person, for staff; null for a source.")
    fields_changed = serializers.SerializerMethodField(
        help_text="By field how `was` and `now` begin; null: it was empty, and the source filled it."
    )

    class Meta:
        model = BookChange
        fields: ClassVar[Any] = ["id", "created", "by", "source", "fields_changed", "reverts"]
        read_only_fields: ClassVar[Any] = fields

    @extend_schema_field({"type": "string", "nullable": True})
    def get_by(self, change: BookChange) -> str | None:
        is_staff = reader_of(self.context["request"]).is_staff
        return str(change.by) if is_staff and change.by else None

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_fields_changed(self, change: BookChange) -> dict[str, Any]:
        return {name: brief(name, entry) for name, entry in change.fields.items()}


def brief(name: str, entry: dict[str, Any] | None) -> dict[str, Any] | None:
    if not entry or "was" not in entry:
        return entry
    return {"was": cut(name, entry["was"]), "now": entry["now"]}


class HistoryViewSet(ListModelMixin, GenericViewSet[BookChange]):
    sorts: ClassVar[dict[str, tuple[str, ...]]] = {"newest": ("-id",)}
    serializer_class = ChangeSerializer
    queryset = BookChange.objects.none()

    def book(self) -> Book:
        book: Book = get_object_or_404(Book.objects.all(), number=to_number(self.kwargs["isbn"]) or "-")
        return book

    def get_queryset(self) -> Any:
        return BookChange.objects.filter(book=self.book().pk).select_related("by")

    @extend_schema(responses={200: ChangeSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Who or which source changed what, the newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=None, responses={200: ChangeSerializer, **NOT_NOW, **PROBLEMS})
    def revert(self, request: Request, isbn: str = "", pk: Any = None) -> Response:
        """Take a change back: its fields are as they were before it, unless they were changed again since."""
        book = self.book()
        reader = reader_of(request)
        if not book.may_be_edited_by(reader):
            raise NotFound
        change = get_object_or_404(self.get_queryset(), pk=pk)
        try:
            made = revert(book, change, request.user, is_staff=reader.is_staff)
        except NotReverted as why:
            return refusal(409, str(why))
        return Response(self.get_serializer(made).data)


urlpatterns = [
    path("books/<book:isbn>/history/", HistoryViewSet.as_view({"get": "list"}), name="book-history"),
    path(
        "books/<book:isbn>/history/<int:pk>/take-back/", HistoryViewSet.as_view({"post": "revert"}), name="book-revert"
    ),
]
