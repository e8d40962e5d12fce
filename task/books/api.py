"""Books for programs: send ISBNs, read the catalogue."""

from typing import Any, ClassVar
from uuid import NAMESPACE_OID, uuid4, uuid5

from django.db.models import Prefetch
from django.urls import path
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
)
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from task.books import again_api, holding_api, shelves
from task.books.again import look_up_one_again, why_not
from task.books.by_hand import api as by_hand
from task.books.carts import api as carts
from task.books.carts.accept import Accepted, Sent, accept
from task.books.carts.models import Scan
from task.books.files import api as files
from task.books.filters import BookFilter, named_like
from task.books.isbn import LIMIT, LONGEST, Piece, read
from task.books.models import Author, Book, BookAuthor, BookPerson, BookSubject, Link, Named, Person, Subject, to_number
from task.jobs.models import Job
from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, WAIT, JobRequest, JobSerializer
from task.kit.api import ProblemSerializer, Strict, reader_of, refusal

MOST_ROWS = 2 * LIMIT  # of one request
ENTRY = 500  # characters of one entry: the address of a page may be one

# What a book says


class NameSerializer(serializers.Serializer[Named]):
    """An author, a person or a subject, where a book names it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    outside_url = serializers.CharField()


class BookSerializer(serializers.ModelSerializer[Book]):
    url = serializers.HyperlinkedIdentityField(
        view_name="api:book-detail", lookup_field="number", lookup_url_kwarg="isbn"
    )
    authors = NameSerializer(many=True)
    copies_owned = serializers.IntegerField(help_text="Those that can be ordered, and those that are ordered.")
    location = serializers.SerializerMethodField(help_text="Room and shelf; null where nobody has said it.")

    class Meta:
        model = Book
        fields: ClassVar[Any] = [
            "isbn",
            "number",
            "url",
            "title",
            "authors",
            "publish_date",
            "state",
            "reason",
            "copies",
            "copies_owned",
            "location",
        ]
        read_only_fields: ClassVar[Any] = fields

    @extend_schema_field({"type": "string", "nullable": True})
    def get_location(self, book: Book) -> str | None:
        return str(book.location) if book.location else None


class BookDetailSerializer(BookSerializer):
    people = NameSerializer(many=True)
    subjects = NameSerializer(many=True)
    publishers = serializers.ListField(child=serializers.CharField())

    class Meta(BookSerializer.Meta):
        fields: ClassVar[Any] = [
            *BookSerializer.Meta.fields, "subtitle", "people", "subjects", "pages", "publishers", "cover_url",
            "outside_id", "outside_url", "source", "created", "filled_at",
        ]  # fmt: skip
        read_only_fields: ClassVar[Any] = fields


class AlreadyAsked(Exception):
    pass


ALREADY = {409: OpenApiResponse(ProblemSerializer, "It is being looked up already, or has no ISBN.")}


class BookViewSet(ReadOnlyModelViewSet[Book]):
    """The catalogue."""

    sorts: ClassVar[dict[str, tuple[str, ...]]] = shelves.BooksView.sorts
    filterset_class = BookFilter
    serializer_class = BookSerializer
    lookup_field = "isbn"
    queryset = Book.objects.none()

    def get_queryset(self) -> Any:
        return Book.objects.for_list().prefetch_related("location")

    @extend_schema(responses={200: BookSerializer(many=True), **PROBLEMS})
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
        book = get_object_or_404(books, number=to_number(isbn) or "-")
        return Response(BookDetailSerializer(book, context={"request": request}).data)


# Authors, people, subjects


class NamedSerializer(serializers.ModelSerializer[Named]):
    url = serializers.SerializerMethodField()
    books = serializers.SerializerMethodField(help_text="The address of the list of its books.")

    class Meta:
        model = Author
        fields: ClassVar[Any] = ["id", "url", "name", "outside_url", "books"]
        read_only_fields: ClassVar[Any] = fields

    def _address(self, named: Named, page: str) -> str:
        name = f"api:{named._meta.model_name}-{page}"
        return str(reverse(name, args=[named.pk], request=self.context["request"]))

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, named: Named) -> str:
        return self._address(named, "detail")

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_books(self, named: Named) -> str:
        return self._address(named, "books")


class NamedDetailSerializer(NamedSerializer):
    newest_books = serializers.SerializerMethodField(help_text="The newest 25; `books` has all.")

    class Meta(NamedSerializer.Meta):
        fields: ClassVar[Any] = [*NamedSerializer.Meta.fields, "newest_books"]
        read_only_fields: ClassVar[Any] = fields

    @extend_schema_field(BookSerializer(many=True))
    def get_newest_books(self, named: Named) -> Any:
        links = self.context["view"].links_of(named).order_by("-book_id")[:25]
        return BookSerializer([link.book for link in links], many=True, context=self.context).data


class NamedViewSet(ReadOnlyModelViewSet[Any]):
    links: ClassVar[type[Link]]
    page: ClassVar[type[shelves.NamesView]]
    serializer_class = NamedSerializer

    @property
    def sorts(self) -> dict[str, tuple[str, ...]]:
        return {"newest": ("-book_id",)} if self.action == "books" else self.page.sorts

    def get_queryset(self) -> Any:
        return named_like(self.page.model._default_manager.all(), self.request.query_params.get("q", ""))

    def links_of(self, named: Named) -> Any:
        links = self.links._default_manager.filter(**{self.links.target: named})
        return links.prefetch_related(Prefetch("book", Book.objects.for_list().prefetch_related("location")))

    @extend_schema(
        responses={200: NamedSerializer(many=True), **PROBLEMS},
        parameters=[OpenApiParameter("q", str, description="How the name begins.")],
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All of them, by name."""
        return super().list(request, *args, **kwargs)

    @extend_schema(responses={200: NamedDetailSerializer, **PROBLEMS})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """With its newest books."""
        named = get_object_or_404(self.page.model._default_manager.all(), pk=kwargs["pk"])
        return Response(NamedDetailSerializer(named, context=self.get_serializer_context()).data)

    @extend_schema(responses={200: BookSerializer(many=True), **PROBLEMS})
    @action(detail=True, methods=["get"])
    def books(self, request: Request, pk: Any = None) -> Response:
        """Its books, the newest first."""
        named = get_object_or_404(self.page.model._default_manager.all(), pk=pk)
        books = [link.book for link in self.paginate_queryset(self.links_of(named)) or []]
        context = self.get_serializer_context()
        return self.get_paginated_response(BookSerializer(books, many=True, context=context).data)


class AuthorViewSet(NamedViewSet):
    queryset, links, page = Author.objects.none(), BookAuthor, shelves.AuthorsView


class PersonViewSet(NamedViewSet):
    queryset, links, page = Person.objects.none(), BookPerson, shelves.PeopleView


class SubjectViewSet(NamedViewSet):
    queryset, links, page = Subject.objects.none(), BookSubject, shelves.SubjectsView


# Scanning


@extend_schema_field({"oneOf": [{"type": "string", "maxLength": ENTRY}, {"type": "integer"}]})
class IsbnField(serializers.Field[str, Any, str, Any]):
    """An ISBN as people, scanners and files write it; programs that keep it as a number send one."""

    default_error_messages = {"invalid": "An ISBN is a text, like “9780345418913”."}

    def to_internal_value(self, data: Any) -> str:
        if (
            isinstance(data, bool)
            or not isinstance(data, str | int)
            or (isinstance(data, int) and data.bit_length() > 64)
        ):
            self.fail("invalid")
        return str(data)

    def to_representation(self, value: str) -> str:
        return value


class BulkCreateRequest(Strict):
    isbn = serializers.ListField(
        child=IsbnField(),
        min_length=1,
        max_length=LIMIT,
        error_messages={
            "min_length": "Send at least one ISBN.",
            "max_length": f"At most {LIMIT:,} ISBNs go at once. Send the rest in another request.",
            "not_a_list": 'Send a list: {{"isbn": ["9780345418913"]}}.',
            "required": 'Send a list: {{"isbn": ["9780345418913"]}}.',
        },
    )


class InvalidSerializer(serializers.Serializer[Any]):
    isbn = serializers.CharField(help_text="As it was sent.")
    reason = serializers.CharField()


class BulkCreateAnswer(serializers.Serializer[Any]):
    isbn = serializers.ListField(child=serializers.CharField(), help_text="New here: they are looked up.")
    known = serializers.ListField(child=serializers.CharField(), help_text="In the catalogue already.")
    invalid = InvalidSerializer(many=True, help_text="No ISBNs, each with its reason.")
    job = serializers.URLField(allow_null=True, help_text="The job that looks them up; null where nothing is new.")


EXAMPLE = OpenApiExample("Two ISBNs", {"isbn": ["9780345418913", "9780451524935"]}, request_only=True)


class BulkCreateView(APIView):
    @extend_schema(
        request=BulkCreateRequest, examples=[EXAMPLE], parameters=[IDEMPOTENCY_KEY],
        responses={201: BulkCreateAnswer, 200: BulkCreateAnswer, **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Scan: new books appear at once and are looked up by a job; 200 where nothing is new."""
        asked = JobRequest(request)
        if first := asked.before():
            return first
        wanted = BulkCreateRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        pieces, invalid = sorted_out(wanted.validated_data["isbn"])
        good = list(dict.fromkeys(piece.isbn for piece in pieces if piece.isbn))
        if not good:
            raise serializers.ValidationError({"isbn": [f"{each['isbn']}: {each['reason']}" for each in invalid]})
        # The same request under the same key is the same scans, also where nothing is new.
        name = uuid5(NAMESPACE_OID, asked.name) if asked.name else uuid4()
        sent = [Sent(name, "", way=Scan.Way.PROGRAM, pieces=tuple(pieces))]
        accepted: list[Accepted] = []

        def begin() -> Job:
            accepted.append(accept(request.user, sent, unique_key=asked.name))
            return accepted[-1].job or nothing_new()

        def answer(job: Job | None) -> dict[str, Any]:
            scans = accepted[-1].scans[name] if job else []
            new = {scan.book.isbn for scan in scans if scan.book and job and scan.book.job_id == job.pk}
            return {
                "isbn": [isbn for isbn in good if isbn in new],
                "known": [isbn for isbn in good if isbn not in new],
                "invalid": invalid,
                "job": asked.address(job) if job else None,
            }

        try:
            return asked.begin(begin, answer, 201)
        except NothingNew:
            if first := asked.before():
                return first
        accepted.append(accept(request.user, sent))
        return Response(answer(accepted[-1].job), status=201 if accepted[-1].job else 200)


class NothingNew(Exception):
    """There is no job to answer with."""


def nothing_new() -> Job:
    raise NothingNew


def sorted_out(sent: list[str]) -> tuple[list[Piece], list[dict[str, str]]]:
    """What becomes rows of a cart, with LIMIT different ISBNs at most, and what is no ISBN with its reason."""
    good: dict[str, None] = {}
    taken: list[Piece] = []
    invalid: list[dict[str, str]] = []
    for text in sent:
        pieces = [piece for piece in read(text[:ENTRY]) if piece.kind != "quiet"]
        for piece in pieces:
            if not piece.isbn or (piece.isbn not in good and len(good) >= LIMIT):
                reason = piece.reason or f"Over the limit of {LIMIT:,} ISBNs at once. Send it in another request."
                invalid.append({"isbn": piece.text[:LONGEST], "reason": reason})
            else:
                good[piece.isbn] = None
            if (piece.isbn in good or not piece.isbn) and len(taken) < MOST_ROWS:
                taken.append(piece)
        if not pieces or len(text) > ENTRY:
            invalid.append(
                {"isbn": text[:LONGEST], "reason": "It is too long." if pieces else "There is no number in it."}
            )
    return taken, invalid


def names(prefix: str, name: str, viewset: type[NamedViewSet]) -> list[Any]:
    return [
        path(f"{prefix}/", viewset.as_view({"get": "list"}), name=f"{name}-list"),
        path(f"{prefix}/<int:pk>/", viewset.as_view({"get": "retrieve"}), name=f"{name}-detail"),
        path(f"{prefix}/<int:pk>/books/", viewset.as_view({"get": "books"}), name=f"{name}-books"),
    ]


urlpatterns = [
    *carts.urlpatterns,
    *files.urlpatterns,
    *holding_api.urlpatterns,
    path("books/bulk-create", BulkCreateView.as_view(), name="book-bulk-create"),
    *again_api.urlpatterns,
    path("books/", BookViewSet.as_view({"get": "list", "post": "create"}), name="book-list"),
    path("books/<book:isbn>/look-up/", BookViewSet.as_view({"post": "look_up"}), name="book-look-up"),
    path("books/<book:isbn>/", BookViewSet.as_view({"get": "retrieve"}), name="book-detail"),
    *names("authors", "author", AuthorViewSet),
    *names("people", "person", PersonViewSet),
    *names("subjects", "subject", SubjectViewSet),
]
