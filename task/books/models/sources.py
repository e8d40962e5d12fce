"""What sources have answered, and how they stand."""

import zlib
from typing import Any

from django.conf import settings
from django.db import models

from task.books.models.book import Book


class SourceAnswer(models.Model):
    """What a source said last of a book: one row a book and source. The raw record is that book's part alone."""

    class Result(models.TextChoices):
        FOUND = "found", "has it"
        NONE = "none", "does not have it"
        BLANK = "blank", "has no title for it"
        UNREADABLE = "unreadable", "has a record that can’t be read"
        AWAY = "away", "did not answer"

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="source_answers", db_index=False)
    source = models.CharField(max_length=30)
    result = models.CharField(max_length=10, choices=Result.choices)
    reason = models.CharField(max_length=300, blank=True, help_text="What is behind it, as a sentence.")
    raw: "models.BinaryField[Any, Any]" = models.BinaryField(null=True, help_text="Its record, compressed.")
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["book", "source"], name="answer_of_source_once")]
        indexes = [models.Index(fields=["asked_at", "id"], name="answers_by_age")]

    def __str__(self) -> str:
        return f"{self.source}: {self.get_result_display()}"

    @property
    def text(self) -> str:
        return unpacked(self.raw) if self.raw else ""


LARGEST = 200_000  # characters of a record


def packed(raw: str) -> bytes | None:
    return zlib.compress(raw.encode("utf-8", "replace")) if raw and len(raw) <= LARGEST else None


def unpacked(raw: bytes) -> str:
    return zlib.decompress(raw).decode("utf-8", "replace")


class SourceDay(models.Model):
    """How often a source was asked for a book on a day, and had it.

    SHARDS rows a source and day, one of which a job writes in its steps: workers that write at once seldom wait for
    each other, and there are never more.
    """

    SHARDS = 8

    source = models.CharField(max_length=30)
    day = models.DateField()
    shard = models.PositiveSmallIntegerField()
    asked = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(help_text="When it was asked last.")
    answered_at = models.DateTimeField(help_text="When that answer was there.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "day", "shard"], name="source_day_once")]

    def __str__(self) -> str:
        return f"{self.source}, {self.day}"


class SourceState(models.Model):
    """What staff decided of a source, and whether they loaded it: no row, nothing."""

    source = models.CharField(max_length=30, primary_key=True, help_text="Its key, as in SOURCES.")
    paused_at = models.DateTimeField(null=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    place = models.PositiveSmallIntegerField(null=True, help_text="In the order in which they are asked.")
    is_loaded = models.BooleanField(db_default=False, help_text="From dumps, so what is not there now has gone astray.")

    def __str__(self) -> str:
        return self.source
