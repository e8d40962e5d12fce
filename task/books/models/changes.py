from typing import Any

from django.conf import settings
from django.db import models

from task.books.models.book import Book
from task.jobs import Now
from task.kit.keys import KeyField


class BookChange(models.Model):
    """What a person or a source changed of a book in one go: one row, however many fields it touches."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="changes", db_index=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    source = models.CharField(max_length=30, blank=True, help_text="The source that gave it; empty for a person.")
    fields: "models.JSONField[Any, Any]" = models.JSONField(
        default=dict, help_text="By field what it was, and how it begins now; null: it was empty (books.changes)."
    )
    reverts = models.PositiveBigIntegerField(null=True, help_text="The change that this one took back.")
    created = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [models.Index(fields=["book", "id"], name="changes_of_book")]

    def __str__(self) -> str:
        return ", ".join(self.fields)


class FormerNumber(models.Model):
    """What a book was called before: its old address leads to it, unless another book has the number now."""

    number = KeyField(max_length=13, editable=True)
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="former_numbers")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["number"], name="former_number_once")]

    def __str__(self) -> str:
        return self.number
