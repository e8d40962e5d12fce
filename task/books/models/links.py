"""Which book is by and about whom and what."""

from typing import Any, ClassVar

from django.db import models

from task.books.models.book import Book
from task.books.models.names import Author, Person, Subject


class LinkManager(models.Manager["Link"]):
    """Links of the catalogue's books: a removed one keeps its own for the day on which it comes back."""

    def get_queryset(self) -> models.QuerySet["Link"]:
        return super().get_queryset().filter(book__removed_at=None)


class Link(models.Model):
    """One line of a many-to-many table; its second index gives the newest books of a name without a sort."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, db_index=False)
    target: ClassVar[str]  # the name of the other foreign key
    source = models.CharField(
        max_length=30, blank=True, default="", db_default="", help_text="The source that gave it; empty for a person's."
    )
    objects: ClassVar[Any] = LinkManager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.book_id}, {getattr(self, self.target + '_id')}"


class BookAuthor(Link):
    author = models.ForeignKey(Author, on_delete=models.CASCADE, db_index=False)
    position = models.PositiveSmallIntegerField(default=0)  # the first author stands first
    target = "author"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["book", "author"], name="book_author_once")]
        indexes = [models.Index(fields=["author", "book"], name="books_of_author")]


class BookPerson(Link):
    person = models.ForeignKey(Person, on_delete=models.CASCADE, db_index=False)
    target = "person"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["book", "person"], name="book_person_once")]
        indexes = [models.Index(fields=["person", "book"], name="books_of_person")]


class BookSubject(Link):
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, db_index=False)
    target = "subject"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["book", "subject"], name="book_subject_once")]
        indexes = [models.Index(fields=["subject", "book"], name="books_of_subject")]
