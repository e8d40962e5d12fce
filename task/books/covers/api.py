"""A cover of one's own, for programs."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from task.books.covers import own
from task.books.files.api import BoundedMultiPart
from task.books.models import Book
from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, WAIT, JobRequest, JobSerializer
from task.kit.api import reader_of


class CoverRequest(serializers.Serializer[Any]):
    cover = serializers.FileField()


class CoverView(APIView):
    parser_classes = [BoundedMultiPart]

    def book(self, request: Request, isbn: str) -> Book:
        book: Book | None = Book.objects.editable(isbn, reader_of(request))
        if book is None:
            raise NotFound
        return book

    @extend_schema(
        request={"multipart/form-data": CoverRequest}, responses={202: JobSerializer, **PROBLEMS},
        parameters=[IDEMPOTENCY_KEY, WAIT],
    )  # fmt: skip
    def post(self, request: Request, isbn: str) -> Response:
        """Send a picture of the cover: a job makes two sizes of it. Staff, and who a setting lets."""
        book, asked = self.book(request, isbn), JobRequest(request)
        if first := asked.before():
            return first
        form = own.CoverForm({}, request.FILES)
        if not form.is_valid():
            raise serializers.ValidationError({"cover": list(map(str, form.errors["cover"]))})
        picture = form.cleaned_data["cover"]
        return asked.begin(lambda: own.save(book, picture, request.user, asked.name))

    @extend_schema(responses={204: None, **PROBLEMS})
    def delete(self, request: Request, isbn: str) -> Response:
        """Take the book's own picture away; a source's may come again."""
        own.remove(self.book(request, isbn), request.user)
        return Response(status=204)


urlpatterns = [path("books/<book:isbn>/cover/", CoverView.as_view(), name="book-cover")]
