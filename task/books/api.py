"""The catalogue for programs, and the addresses of all that programs do with books."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch
from django.http import QueryDict
from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from task.books import again_api, facets_api, history_api, holding_api, holdings, names_api, shelves
from task.books.again import look_up_one_again, why_not
from task.books.bulk_api import BulkCreateView
from task.books.by_hand import api as by_hand
from task.books.carts import api as carts
from task.books.covers import api as covers
from task.books.exports import api as exports
from task.books.files import api as files
from task.books.filters import BookFilter
from task.books.holding_views import ORDERED
from task.books.merging import api as merging
from task.books.models import Author, Book, Person, Subject, to_number
from task.books.serializers import BookDetailSerializer, BookSerializer
from task.books.standing import api as standing
from task.jobs.models import Job
from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, WAIT, JobRequest, JobSerializer
from task.kit.api import ProblemSerializer, reader_of, refusal
from task.kit.lists import Page


class AlreadyAsked(Exception):
    pass


CHANGED = {409: OpenApiResponse(ProblemSerializer, "Somebody else has changed it since.")}
ALREADY = {409: OpenApiResponse(ProblemSerializer, "It is being looked up already, or has no ISBN.")}


class BookViewSet(ReadOnlyModelViewSet[Book]):
    """The catalogue."""

    filterset: BookFilter | None = None
    filterset_class = BookFilter
    serializer_class = BookSerializer
    lookup_field = "isbn"
    queryset = Book.objects.none()

    def get_queryset(self) -> Any:
        return Book.objects.for_list().prefetch_related("location")

    @property
    def sorts(self) -> dict[str, tuple[str, ...]]:
        return shelves.sorts_of(self.filterset.listing) if self.filterset else shelves.SORTS

    def get_page(self, queryset: Any, sort: str, ordering: Sequence[str], params: QueryDict, size: int) -> Page:
        assert self.filterset is not None
        return self.filterset.listing.page(queryset, sort, ordering, params, size)

    @extend_schema(responses={200: BookSerializer(many=True), **facets_api.TOO_LONG, **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        request=None, responses={202: JobSerializer, **PROBLEMS, **ALREADY}, parameters=[IDEMPOTENCY_KEY, WAIT]
    )
    def look_up(self, request: Request, isbn: str = "", **_: Any) -> Response:
        """Look it up again, as staff or as who scanned it. A found one stays found until there is an answer."""
        asked = JobRequest(request)
        if first := asked.before():
            return first
        book = get_object_or_404(Book.objects.all(), number=to_number(isbn) or "-")
        if not book.may_be_looked_up_by(reader_of(request)):
            raise NotFound

        def begin() -> Job:
            if job := look_up_one_again(book, request.user, asked.name):
                return job
            raise AlreadyAsked

        try:
            return asked.begin(begin)
        except AlreadyAsked:
            return asked.before() or refusal(409, why_not(book))

    @extend_schema(
        request=by_hand.BookByHand, examples=[by_hand.EXAMPLE], parameters=[IDEMPOTENCY_KEY],
        responses={201: BookDetailSerializer, **PROBLEMS},
    )  # fmt: skip
    def create(self, request: Request) -> Response:
        """Enter a book by hand: one without an ISBN, or one that no source knows."""
        answer = self.retrieve(request, isbn=by_hand.enter(request).number)
        answer.status_code = 201
        answer["Location"] = str(answer.data["url"])
        return answer

    @extend_schema(responses={200: BookDetailSerializer, **PROBLEMS})
    def retrieve(self, request: Request, isbn: str = "", **_: Any) -> Response:
        """By its ISBN in any spelling, or its local number."""
        in_order = Author.objects.order_by("bookauthor__position", "bookauthor__id")
        books = Book.objects.select_related("location").prefetch_related(
            Prefetch("authors", in_order),
            Prefetch("people", Person.objects.order_by("name_key", "id")),
            Prefetch("subjects", Subject.objects.order_by("name_key", "id")),
        )
        book = books.called(isbn)
        if book is None:
            raise NotFound
        return Response(BookDetailSerializer(book, context={"request": request}).data)

    @extend_schema(request=by_hand.BookChanges, responses={200: BookDetailSerializer, **CHANGED, **PROBLEMS})
    def partial_update(self, request: Request, isbn: str = "", **_: Any) -> Response:
        """Change it by hand: what is written is locked, and no source changes it. Staff, and who a setting lets."""
        book = self.own(request, isbn)
        try:
            by_hand.edit(request, book)
        except by_hand.Changed as why:
            return refusal(409, str(why))
        return self.retrieve(request, isbn=Book.objects.values_list("number", flat=True).get(pk=book.pk))

    @extend_schema(responses={204: None, 409: OpenApiResponse(ProblemSerializer, ORDERED), **PROBLEMS})
    def destroy(self, request: Request, isbn: str = "", **_: Any) -> Response:
        """Staff: delete it. For 30 days it can be put back."""
        if not reader_of(request).is_staff:
            raise NotFound
        book = get_object_or_404(Book.objects.all(), number=to_number(isbn) or "-")
        return Response(status=204) if holdings.remove(book, request.user) else refusal(409, ORDERED)

    def own(self, request: Request, isbn: str) -> Book:
        """A book that its reader may edit."""
        book: Book | None = Book.objects.select_related("location").editable(isbn, reader_of(request))
        if book is None:
            raise NotFound
        return book


ONE_BOOK = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
urlpatterns = [
    *carts.urlpatterns,
    *exports.urlpatterns,
    *files.urlpatterns,
    *holding_api.urlpatterns,
    path("books/bulk-create", BulkCreateView.as_view(), name="book-bulk-create"),
    *again_api.urlpatterns,
    *history_api.urlpatterns,
    *covers.urlpatterns,
    *standing.urlpatterns,
    *facets_api.urlpatterns,
    path("books/", BookViewSet.as_view({"get": "list", "post": "create"}), name="book-list"),
    path("books/<book:isbn>/look-up/", BookViewSet.as_view({"post": "look_up"}), name="book-look-up"),
    path(
        "books/<book:isbn>/",
        BookViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="book-detail",
    ),
    *merging.urlpatterns,
    *names_api.urlpatterns,
]
