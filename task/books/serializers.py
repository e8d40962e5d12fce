"""What the API says of a book."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from task.books.models import Book, BookChange, Named


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
    locked = serializers.ListField(child=serializers.CharField(), help_text="Fields that no source changes.")
    version = serializers.SerializerMethodField(help_text="Grows with each change: send it along with your own.")
    cover = serializers.SerializerMethodField(help_text="The address of its photograph here. Null: it has none.")

    class Meta(BookSerializer.Meta):
        fields: ClassVar[Any] = [
            *BookSerializer.Meta.fields, "subtitle", "people", "subjects", "pages", "publishers", "language", "series",
            "series_number", "edition_note", "note", "locked", "version", "cover", "cover_url", "outside_id",
            "outside_url", "source", "created", "filled_at",
        ]  # fmt: skip
        read_only_fields: ClassVar[Any] = fields

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_cover(self, book: Book) -> str | None:
        return self.context["request"].build_absolute_uri(book.cover_large) if book.cover else None

    def get_version(self, book: Book) -> int:
        return BookChange.objects.filter(book=book.pk).order_by("-id").values_list("pk", flat=True).first() or 0
