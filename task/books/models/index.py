"""What books are found by: a row a book of the catalogue that has a title (`books.search`)."""

from django.db import models

from task.books.models.book import Book
from task.kit.keys import KeyField

BEGINNING = 200


class IndexedBook(models.Model):
    """The words of a book, folded. Its migration puts what the database searches by beside it.

    On SQLite that is an FTS5 table which triggers keep, on PostgreSQL a generated `tsvector` column: no code writes
    either.
    """

    book = models.OneToOneField(Book, on_delete=models.CASCADE, primary_key=True, related_name="indexed")
    beginning = KeyField(max_length=BEGINNING, help_text="How its title begins, without an article.")
    title = models.TextField()
    authors = models.TextField()
    others = models.TextField(help_text="Words of its other fields, and parts of its ISBN.")

    class Meta:
        indexes = [models.Index(fields=["beginning", "book"], name="indexed_by_beginning")]

    def __str__(self) -> str:
        return self.title


class IndexDue(models.Model):
    """Books that were here before the index: one row, until a job has indexed them all."""

    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return "Books are to be indexed"
