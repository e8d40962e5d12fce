"""Copies, locations and removed books for programs of staff."""

from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from task.books import holdings
from task.books.carts.forms import LocationForm
from task.books.holding_views import MOST, ORDERED, TOO_LATE, RemovedView, removed_books
from task.books.models import Book, to_number
from task.jobs.pages.api import PROBLEMS
from task.kit.api import FormRequest, ProblemSerializer, StaffOnly, Strict, refusal

NOT_NOW = {409: OpenApiResponse(ProblemSerializer, "It can't be done, and why.")}


class HoldingSerializer(serializers.ModelSerializer[Book]):
    """What the library has of a book, and where."""

    room = serializers.CharField(source="location.room", default="")
    shelf = serializers.CharField(source="location.shelf", default="")
    copies_owned = serializers.IntegerField()

    class Meta:
        model = Book
        fields: ClassVar[Any] = ["number", "title", "copies", "copies_owned", "ordered", "room", "shelf", "removed_at"]
        read_only_fields: ClassVar[Any] = fields


class CopiesRequest(Strict):
    change = serializers.IntegerField(
        min_value=-MOST, max_value=MOST, help_text="How many more, or with a minus fewer."
    )
    reason = serializers.CharField(max_length=200, allow_blank=True, default="")


class LocationRequest(FormRequest):
    form_class = LocationForm

    room = serializers.CharField(max_length=100, allow_blank=True, help_text="Empty: it has no location.")
    shelf = serializers.CharField(max_length=100, allow_blank=True, default="")


class HoldingViewSet(ListModelMixin, GenericViewSet[Book]):
    permission_classes = (StaffOnly,)
    sorts: ClassVar[dict[str, tuple[str, ...]]] = RemovedView.sorts
    serializer_class = HoldingSerializer
    queryset = Book.objects.none()

    def get_queryset(self) -> Any:
        shown = ("number", "title", "copies", "ordered", "location", "removed_at")
        return removed_books().only(*shown).prefetch_related("location")

    def found(self, isbn: str) -> Book:
        book: Book = get_object_or_404(Book.with_removed.select_related("location"), number=to_number(isbn) or "-")
        return book

    def answer(self, isbn: str) -> Response:
        return Response(self.get_serializer(self.found(isbn)).data)

    @extend_schema(request=CopiesRequest, responses={200: HoldingSerializer, **NOT_NOW, **PROBLEMS})
    def copies(self, request: Request, isbn: str = "") -> Response:
        """Staff: add copies or take them away, with a reason."""
        book = self.found(isbn)
        wanted = CopiesRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        new = wanted.validated_data
        problem = holdings.change_copies(book, new["change"], request.user, new["reason"])
        return refusal(409, problem) if problem else self.answer(isbn)

    @extend_schema(request=LocationRequest, responses={200: HoldingSerializer, **PROBLEMS})
    def location(self, request: Request, isbn: str = "") -> Response:
        """Staff: say where it is."""
        book = self.found(isbn)
        new = LocationRequest(data=request.data).form().cleaned_data
        holdings.place(book, new["room"], new["shelf"], request.user)
        return self.answer(isbn)

    @extend_schema(request=None, responses={200: HoldingSerializer, **NOT_NOW, **PROBLEMS})
    def remove(self, request: Request, isbn: str = "") -> Response:
        """Staff: take it out of the catalogue; for 30 days it can be put back."""
        book = self.found(isbn)
        if not book.removed_at and not holdings.remove(book, request.user):
            return refusal(409, ORDERED)
        return self.answer(isbn)

    @extend_schema(request=None, responses={200: HoldingSerializer, **NOT_NOW, **PROBLEMS})
    def put_back(self, request: Request, isbn: str = "") -> Response:
        """Staff: back into the catalogue, with the copies that left with it."""
        book = self.found(isbn)
        if book.removed_at and not holdings.put_back(book, request.user):
            return refusal(409, TOO_LATE)
        return self.answer(isbn)

    @extend_schema(responses={200: HoldingSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Staff: the books that were removed in the last 30 days."""
        return super().list(request, *args, **kwargs)


urlpatterns = [
    path("books/removed/", HoldingViewSet.as_view({"get": "list"}), name="book-removed"),
    path("books/<book:isbn>/copies/", HoldingViewSet.as_view({"post": "copies"}), name="book-copies"),
    path("books/<book:isbn>/location/", HoldingViewSet.as_view({"post": "location"}), name="book-location"),
    path("books/<book:isbn>/remove/", HoldingViewSet.as_view({"post": "remove"}), name="book-remove"),
    path("books/<book:isbn>/put-back/", HoldingViewSet.as_view({"post": "put_back"}), name="book-put-back"),
]
