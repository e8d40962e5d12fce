"""Authors, people and subjects, and their books, for programs."""

from typing import Any, ClassVar

from django.db.models import Prefetch
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import ReadOnlyModelViewSet

from task.books import shelves
from task.books.filters import named_like
from task.books.models import Author, Book, BookAuthor, BookPerson, BookSubject, Link, Named, Person, Subject
from task.books.serializers import BookSerializer
from task.jobs.pages.api import PROBLEMS


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
        return named_like(self.page.model.objects.remaining(), self.request.query_params.get("q", ""))

    def named(self, pk: Any) -> Named:
        """Where the id is an alias's, the one that remains."""
        found: Named = get_object_or_404(self.page.model.objects.select_related("merged_into"), pk=pk)
        return found.merged_into or found

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
        """With its newest books. An id that was merged into another answers with the one that remains."""
        named = self.named(kwargs["pk"])
        return Response(NamedDetailSerializer(named, context=self.get_serializer_context()).data)

    @extend_schema(responses={200: BookSerializer(many=True), **PROBLEMS})
    @action(detail=True, methods=["get"])
    def books(self, request: Request, pk: Any = None) -> Response:
        """Its books, the newest first."""
        named = self.named(pk)
        books = [link.book for link in self.paginate_queryset(self.links_of(named)) or []]
        context = self.get_serializer_context()
        return self.get_paginated_response(BookSerializer(books, many=True, context=context).data)


class AuthorViewSet(NamedViewSet):
    queryset, links, page = Author.objects.none(), BookAuthor, shelves.AuthorsView


class PersonViewSet(NamedViewSet):
    queryset, links, page = Person.objects.none(), BookPerson, shelves.PeopleView


class SubjectViewSet(NamedViewSet):
    queryset, links, page = Subject.objects.none(), BookSubject, shelves.SubjectsView


def names(prefix: str, name: str, viewset: type[NamedViewSet]) -> list[Any]:
    return [
        path(f"{prefix}/", viewset.as_view({"get": "list"}), name=f"{name}-list"),
        path(f"{prefix}/<int:pk>/", viewset.as_view({"get": "retrieve"}), name=f"{name}-detail"),
        path(f"{prefix}/<int:pk>/books/", viewset.as_view({"get": "books"}), name=f"{name}-books"),
    ]


urlpatterns = [
    *names("authors", "author", AuthorViewSet),
    *names("people", "person", PersonViewSet),
    *names("subjects", "subject", SubjectViewSet),
]
