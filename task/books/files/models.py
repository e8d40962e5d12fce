"""A file of books as it was sent, and its rows as they are read: until its books are added, and a week behind that."""

from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Value
from django.urls import reverse

from task.books.files.tables import Layout
from task.jobs import Now
from task.jobs.models import JobForeignKey


class UploadQuerySet(models.QuerySet["Upload"]):
    def seen_by(self, user: Any) -> "UploadQuerySet":
        return self.all() if user.is_staff else self.filter(owner=user.pk)


class Upload(models.Model):
    """In the database, so that it is saved with the job that reads it or not at all. In no backup."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    uuid = models.UUIDField(default=uuid4, help_text="The names of its rows in a cart are made of it.")
    name = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    created = models.DateTimeField(db_default=Now())

    layout: "models.JSONField[Any, Any]" = models.JSONField(null=True, help_text="A `Layout`, once it is known.")
    labels: "models.JSONField[Any, Any]" = models.JSONField(default=list, help_text="What its columns are called.")
    reading = models.PositiveIntegerField(default=1, help_text="How often it was read: the last time counts.")
    job = JobForeignKey(null=True, db_index=False, help_text="The job that reads it.")
    is_read = models.BooleanField(default=False)
    fault = models.CharField(max_length=500, blank=True, help_text="Why reading ended early: a whole sentence.")
    look_up = models.PositiveIntegerField(default=0)
    here = models.PositiveIntegerField(default=0)
    double = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    without = models.PositiveIntegerField(default=0)
    titled = models.PositiveIntegerField(default=0, help_text="Those without an ISBN that have a title.")

    add_at_once = models.BooleanField(default=False, help_text="Add its books as soon as it is read.")
    counts_copies = models.BooleanField(default=False)
    by_hand = models.BooleanField(default=False)
    location = models.ForeignKey(
        "books.Location", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    cart = models.ForeignKey("books.Cart", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    add_job = JobForeignKey(null=True, db_index=False, help_text="The job that adds its books.")
    added = models.DateTimeField(null=True)
    handled = models.PositiveIntegerField(default=0, help_text="Rows that the adding job has reached.")
    left = models.PositiveIntegerField(default=0, help_text="Rows without an ISBN that were not entered.")
    entered_before = models.PositiveIntegerField(default=0, help_text="Entered when the same file was added before.")

    objects: ClassVar[Any] = UploadQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["owner", "sha256", "id"], name="upload_of_owner"),
            models.Index(fields=["created", "id"], name="upload_by_age"),
            models.Index(fields=["cart"], name="upload_of_cart"),
            models.Index(fields=["job", "id"], name="upload_read_by"),
            models.Index(fields=["add_job", "id"], name="upload_added_by"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("file_detail", args=[self.pk])

    @property
    def rows_read(self) -> int:
        return self.look_up + self.here + self.double + self.refused + self.without

    @property
    def with_isbn(self) -> int:
        return self.look_up + self.here + self.double

    @property
    def with_hand(self) -> int:
        """Books that are new, those without an ISBN as well."""
        return self.look_up + self.titled

    @property
    def to_come(self) -> int:
        return max(0, self.rows_read - self.handled)

    @property
    def read_layout(self) -> Layout | None:
        return Layout.of(self.layout) if self.layout else None

    @property
    def question(self) -> str:
        layout = self.read_layout
        return layout.question if layout else ""

    @property
    def has_copies(self) -> bool:
        layout = self.read_layout
        return bool(layout and layout.columns.copies is not None)

    @property
    def has_records(self) -> bool:
        layout = self.read_layout
        return bool(layout and layout.has_records)

    @property
    def stopped(self) -> bool:
        """Its job has ended, and not all of it is read."""
        return not self.is_read and not (self.job and self.job.is_active)

    @property
    def can_be_added(self) -> bool:
        return self.is_read and not self.added and not self.question and bool(self.rows_read)


class UploadPart(models.Model):
    """A piece of its bytes: nobody holds all of them in memory."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts", db_index=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "number"], name="upload_part_once")]

    def __str__(self) -> str:
        return f"{self.upload_id}, {self.number}"


class UploadRow(models.Model):
    """A row as it was read, see `reading.Row`, and what adding makes of it."""

    class Becomes(models.TextChoices):
        LOOK_UP = "look_up", "look up"
        HERE = "here", "in the catalogue"
        DOUBLE = "double", "listed twice"
        REFUSED = "refused", "refused"
        WITHOUT = "without", "no ISBN"

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="rows", db_index=False)
    reading = models.PositiveIntegerField()
    place = models.PositiveIntegerField(help_text="From 1, in the order of the file.")
    number = models.PositiveIntegerField(help_text="As a spreadsheet counts; of a list, the line.")
    becomes = models.CharField(max_length=10, choices=Becomes.choices)
    text = models.CharField(max_length=200, blank=True)
    isbn = models.CharField(max_length=13, blank=True)
    fault = models.CharField(max_length=300, blank=True)
    offers: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    note = models.CharField(max_length=300, blank=True)
    title = models.CharField(max_length=300, blank=True)
    authors: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    year = models.CharField(max_length=4, blank=True)
    copies = models.PositiveIntegerField(default=1)
    location = models.CharField(max_length=200, blank=True)
    record: "models.JSONField[Any, Any]" = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), help_text="All that a record says of its book."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "reading", "place"], name="upload_row_once")]
        indexes = [
            models.Index(fields=["upload", "reading", "isbn"], name="upload_row_by_isbn"),
            models.Index(
                fields=["upload", "reading", "place"], name="upload_row_refused", condition=models.Q(becomes="refused")
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.isbn or self.text

    @property
    def reason(self) -> str:
        return f"{self.fault[:1].upper()}{self.fault[1:]}." if self.fault else ""

    @property
    def authors_line(self) -> str:
        return ", ".join(self.authors)
