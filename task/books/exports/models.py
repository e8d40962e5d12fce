"""An export: which books, in which format, and the file that a job makes of it."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from task.jobs import Now, State
from task.jobs.models import JobForeignKey

LONGEST_WORDS = 500  # characters


class Format(models.TextChoices):
    CSV = "csv", "CSV"
    MARC = "marc", "MARC21"
    MARCXML = "marcxml", "MARCXML"
    BIBTEX = "bibtex", "BibTeX"
    RIS = "ris", "RIS"

    @property
    def extension(self) -> str:
        return EXTENSIONS[self][0]

    @property
    def content_type(self) -> str:
        return EXTENSIONS[self][1]


EXTENSIONS = {
    Format.CSV: ("csv", "text/csv; charset=utf-8"),
    Format.MARC: ("mrc", "application/marc"),
    Format.MARCXML: ("xml", "application/marcxml+xml"),
    Format.BIBTEX: ("bib", "application/x-bibtex; charset=utf-8"),
    Format.RIS: ("ris", "application/x-research-info-systems; charset=utf-8"),
}


class ExportQuerySet(models.QuerySet["Export"]):
    def seen_by(self, user: Any) -> "ExportQuerySet":
        """The owner stands in the look-up, so a stranger's export is a 404; staff see all."""
        return self.all() if user.is_staff else self.filter(owner=user.pk)


class Export(models.Model):
    """What somebody asked for. What has become of it says its job; once there is a file, its size. In no backup."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    format = models.CharField(max_length=10, choices=Format.choices)
    words = models.CharField(
        max_length=LONGEST_WORDS, blank=True, help_text="What the list was filtered by; empty: all books."
    )
    job = JobForeignKey(unique=True, editable=False, help_text="The job that makes it.")
    books = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0, help_text="Books that the format can't hold.")
    size = models.PositiveBigIntegerField(null=True, help_text="Of the file, in bytes, once it is whole.")
    created = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[Any] = ExportQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["owner", "id"], name="export_of_owner"),
            models.Index(fields=["created", "id"], name="export_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.words or 'All books'}, {self.written_as.label}"

    def get_absolute_url(self) -> str:
        """Its job's page shows it."""
        return self.job.get_absolute_url() if self.job else reverse("exports_list")

    @property
    def written_as(self) -> Format:
        return Format(self.format)

    @property
    def is_done(self) -> bool:
        return self.size is not None

    @property
    def is_working(self) -> bool:
        return bool(not self.is_done and self.job and self.job.is_active)

    @property
    def state(self) -> str:
        """For programs."""
        if self.is_done or self.is_working:
            return "done" if self.is_done else "working"
        return "cancelled" if self.job and self.job.state == State.CANCELLED else "failed"

    @property
    def word(self) -> str:
        """Of its state."""
        if self.is_done:
            return str(State.SUCCEEDED.label)
        return str(State(self.job.state).label if self.job else State.FAILED.label)

    @property
    def file_name(self) -> str:
        return f"books-{self.created:%Y-%m-%d}.{self.written_as.extension}"
