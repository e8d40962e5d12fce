"""Whom and what books are by and about."""

from typing import Any, ClassVar

from django.db import models
from django.urls import reverse

from task.books.models.near import NEAR_LENGTH, near_person, near_subject
from task.kit.keys import KeyField, fold_name

NAME_LENGTH = 300
KEY_LENGTH = 200
ADDRESS_LENGTH = 1000  # Open Library has addresses of more than 255


def filing_key(name: str) -> str:
    """As a library files a person: "J. K. Rowling" under "rowling j. k."."""
    *rest, last = fold_name(name.replace(",", " ") if "," in name else name).split() or [""]
    return fold_name(name).replace(",", "") if "," in name else " ".join([last, *rest])


class NamedQuerySet(models.QuerySet[Any]):
    def remaining(self) -> "NamedQuerySet":
        """Without the aliases: what was merged into another, and other spellings."""
        return self.filter(merged_into=None)


class Named(models.Model):
    """Who or what a book is by or about, known by its key in the source, whatever its name is today.

    One that was merged into another stays as its alias: its key and its page lead there. What an alias leads to is
    never an alias itself. Whoever links a book asks `names.upsert`, which follows them.
    """

    name = models.CharField(max_length=NAME_LENGTH)
    name_key = KeyField(lambda row: fold_name(row.name), max_length=NAME_LENGTH)
    key = KeyField(
        max_length=KEY_LENGTH,
        editable=True,
        help_text="The source's own key, such as /authors/OL25712A, or name: and the name in lower case.",
    )
    outside_url = models.CharField("page at the source", max_length=ADDRESS_LENGTH, blank=True)
    merged_into_id: int | None
    locked = models.BooleanField(
        "name locked", default=False, db_default=False, help_text="Somebody wrote this name: no source changes it."
    )

    merged_into: Any = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.CASCADE,
        related_name="aliases",
        db_index=False,
        help_text="The one that remains, where this is an alias.",
    )

    objects: ClassVar[Any] = NamedQuerySet.as_manager()

    class Meta:
        abstract = True
        # A constraint and not `unique=True`, which PostgreSQL would give a second index.
        constraints = [models.UniqueConstraint(fields=["key"], name="%(class)s_key_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def remaining_id(self) -> int:
        """Of the one that its key leads to: its own, unless it is an alias."""
        return int(self.merged_into_id or self.pk)


def near_indexes(name: str) -> list[models.Index]:
    """Names by their near key; and the aliases of one."""
    return [
        models.Index(fields=["near_key", "id"], condition=models.Q(merged_into=None), name=f"{name}_by_near"),
        models.Index(fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name=f"aliases_of_{name}"),
    ]


class Author(Named):
    filing_key = KeyField(lambda row: filing_key(row.name), max_length=NAME_LENGTH)
    near_key = KeyField(lambda row: near_person(row.name), max_length=NEAR_LENGTH, default="", db_default="")

    class Meta(Named.Meta):
        indexes = [
            models.Index(fields=["name_key", "id"], name="author_by_name"),
            models.Index(fields=["filing_key", "id"], name="author_by_filing"),
            *near_indexes("author"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("author_detail", args=[self.pk])


class Person(Named):
    """Somebody a book is about."""

    filing_key = KeyField(lambda row: filing_key(row.name), max_length=NAME_LENGTH)
    near_key = KeyField(lambda row: near_person(row.name), max_length=NEAR_LENGTH, default="", db_default="")

    class Meta(Named.Meta):
        verbose_name_plural = "people"
        indexes = [
            models.Index(fields=["name_key", "id"], name="person_by_name"),
            models.Index(fields=["filing_key", "id"], name="person_by_filing"),
            *near_indexes("person"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("person_detail", args=[self.pk])


class Subject(Named):
    near_key = KeyField(lambda row: near_subject(row.name), max_length=NEAR_LENGTH, default="", db_default="")

    class Meta(Named.Meta):
        indexes = [models.Index(fields=["name_key", "id"], name="subject_by_name"), *near_indexes("subject")]

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
