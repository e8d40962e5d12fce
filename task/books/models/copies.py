from django.conf import settings
from django.db import models

from task.books.models.book import Book
from task.jobs import Now


class CopyChange(models.Model):
    """Copies that came or went, with who and why. What brought a book is told by its scan."""

    class Why(models.TextChoices):
        SCAN = "scan", "scanned"
        UNDO = "undo", "scan undone"
        PUT_BACK = "put_back", "put back"
        REMOVED = "removed", "removed from the catalogue"
        BY_HAND = "by_hand", "changed by hand"
        ADMINISTRATION = "admin", "changed in the administration"

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="copy_changes", db_index=False)
    change = models.IntegerField()
    why = models.CharField(max_length=10, choices=Why.choices)
    reason = models.CharField(max_length=200, blank=True, help_text="In the person's own words.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [models.Index(fields=["book", "id"], name="copy_changes_of_book")]

    def __str__(self) -> str:
        return f"{self.change:+}, {self.get_why_display()}"

    @property
    def taken(self) -> int:
        return -self.change
