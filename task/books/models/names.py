"""Whom and what books are by and about."""

from django.db import models
from django.urls import reverse

from task.kit.keys import KeyField, fold_name

NAME_LENGTH = 300
KEY_LENGTH = 200
ADDRESS_LENGTH = 1000  # Open Library has addresses of more than 255


def filing_key(name: str) -> str:
    """As a library files a person: "J. K. Rowling" under "rowling j. k."."""
    *rest, last = fold_name(name.replace(",", " ") if "," in name else name).split() or [""]
    return fold_name(name).replace(",", "") if "," in name else " ".join([last, *rest])


class Named(models.Model):
    """Who or what a book is by or about, known by its key in the source, whatever its name is today."""

    name = models.CharField(max_length=NAME_LENGTH)
    name_key = KeyField(lambda row: fold_name(row.name), max_length=NAME_LENGTH)
    key = KeyField(
        max_length=KEY_LENGTH,
        editable=True,
        help_text="The source's own key, such as /authors/OL25712A, or name: and the name in lower case.",
    )
    outside_url = models.CharField("page at the source", max_length=ADDRESS_LENGTH, blank=True)
    locked = models.BooleanField(
        "name locked", default=False, db_default=False, help_text="Somebody wrote this name: no source changes it."
    )

    class Meta:
        abstract = True
        # A constraint and not `unique=True`, which PostgreSQL would give a second index.
        constraints = [models.UniqueConstraint(fields=["key"], name="%(class)s_key_once")]

    def __str__(self) -> str:
        return self.name


class Author(Named):
    filing_key = KeyField(lambda row: filing_key(row.name), max_length=NAME_LENGTH)

    class Meta(Named.Meta):
        indexes = [
            models.Index(fields=["name_key", "id"], name="author_by_name"),
            models.Index(fields=["filing_key", "id"], name="author_by_filing"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("author_detail", args=[self.pk])


class Person(Named):
    """Somebody a book is about."""

    filing_key = KeyField(lambda row: filing_key(row.name), max_length=NAME_LENGTH)

    class Meta(Named.Meta):
        verbose_name_plural = "people"
        indexes = [
            models.Index(fields=["name_key", "id"], name="person_by_name"),
            models.Index(fields=["filing_key", "id"], name="person_by_filing"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("person_detail", args=[self.pk])


class Subject(Named):
    class Meta(Named.Meta):
        indexes = [models.Index(fields=["name_key", "id"], name="subject_by_name")]

    def get_absolute_url(self) -> str:
        return reverse("subject_detail", args=[self.pk])


class Ranking(models.Model):
    """The names with the most books, as they were counted last: see `rankings`."""

    target = models.CharField(max_length=10, primary_key=True)  # author, person, subject
    rows = models.JSONField(default=list)  # [name, count], the first with the most
    counted = models.DateTimeField()

    def __str__(self) -> str:
        return self.target


class Facet(models.Model):
    """How many books of the whole catalogue have each value of a facet, as they were counted last: see `facets`."""

    name = models.CharField(max_length=10, primary_key=True)
    rows = models.JSONField(default=list)  # [value, count], those with the most books first
    values = models.PositiveIntegerField(default=0, help_text="How many there are, counted or not.")
    books = models.PositiveIntegerField(default=0, help_text="Those that have one.")
    counted = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
