"""The filters of the catalogue for programs: what each of them would leave."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from task.books.facets.choices import LABELS
from task.books.facets.panel import panel
from task.books.filters import BookFilter
from task.books.models import Book
from task.jobs.pages.api import PROBLEMS

TOO_LONG = {414: OpenApiResponse(description="The address is longer than the web server reads.")}


class FacetValueSerializer(serializers.Serializer[Any]):
    value = serializers.CharField(help_text="As the list of books takes it.")
    label = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField()
    is_chosen = serializers.BooleanField()


class FacetSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="The parameter of the list of books.")
    label = serializers.CharField()  # type: ignore[assignment]
    values = FacetValueSerializer(many=True, source="rows", help_text="At most 200: those with the most books.")
    more = serializers.IntegerField(source="not_listed", help_text="How many other values there are.")
    is_exact = serializers.BooleanField(help_text="False: there are at least so many books.")


class FacetsSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="How many books the list has.")
    is_exact = serializers.BooleanField(help_text="False: there are at least so many.")
    facets = FacetSerializer(many=True)


class FacetsView(GenericAPIView[Book]):
    queryset = Book.objects.none()
    filterset_class = BookFilter
    filterset: BookFilter
    pagination_class = None
    serializer_class = FacetsSerializer

    @extend_schema(responses={200: FacetsSerializer, **TOO_LONG, **PROBLEMS}, filters=True, operation_id="books_facets")
    def get(self, request: Request) -> Response:
        """How many books the list would have with each value of each filter, for the same parameters as the list.

        A filter's own choice is left out of its counts: values of one filter are OR.
        """
        self.filter_queryset(Book.objects.all())
        listing = self.filterset.listing
        count, exactly = listing.count
        found = {"count": count, "is_exact": not exactly, "facets": panel(listing, LABELS).facets}
        return Response(FacetsSerializer(found).data)


urlpatterns = [path("books/facets/", FacetsView.as_view(), name="book-facets")]
