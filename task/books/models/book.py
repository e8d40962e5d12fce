"""A book: one edition in the library, with its copies and its look-up."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Value
from django.urls import reverse

from task.books.isbn import to_isbn13
from task.books.models.filing import LAST, YearField, filing_title
from task.books.models.names import ADDRESS_LENGTH, KEY_LENGTH, Author, Person, Subject
from task.books.models.numbers import to_number
from task.books.models.places import Location
from task.books.years import year_of
from task.jobs import Now
from task.jobs.models import JobForeignKey
from task.kit.keys import KeyField, fold_name
from task.kit.lists import prefix
from task.kit.one_of import one_of

ARTICLES = ("", "the ", "a ", "an ")  # which people leave out when they look for a title


class BookQuerySet(models.QuerySet["Book"]):
    def with_isbn(self, text: str) -> "BookQuerySet":
        """The book of this ISBN in any spelling, or none."""
        return self.filter(isbn=to_isbn13(text) or "")

    def numbered(self, text: str) -> "BookQuerySet":
        """The book of this ISBN in any spelling, or of this local number, or none."""
        return self.filter(number=to_number(text))

    def called(self, text: str) -> "Book | None":
        """The book of this number, or the one that had it before."""
        number = to_number(text)
        books = (self.filter(number=number), self.filter(former_numbers__number=number))
        return next((book for found in books for book in found[:1]), None) if number else None

    def editable(self, text: str, user: Any) -> "Book | None":
        """The book called so, where this person may edit it."""
        book = self.called(text)
        return book if book and book.may_be_edited_by(user) else None

    def titled(self, text: str, most: int) -> "BookQuerySet":
        """Whose title begins with `text`, or does so after an article: `most` of each, along the index."""
        key = fold_name(text.replace("\0", ""))[:200]
        if not key:
            return self.none()
        keys: list[int] = []  # asked for one after the other: of all in one question PostgreSQL reads the whole table
        for article in ARTICLES:
            rows = self.filter(prefix("title_key", f"{article}{key}")).order_by("title_key", "id")
            keys += rows.values_list("pk", flat=True)[:most]
        books: BookQuerySet = Book.objects.filter(one_of("pk", keys)).order_by("title_key", "id")
        return books

    def for_list(self) -> "BookQuerySet":
        """With what a list shows: two queries a page, and no wide columns."""
        authors = Author.objects.only("name").order_by("bookauthor__position", "bookauthor__id")
        shown = (
            "isbn",
            "number",
            "title",
            "title_key",
            "publish_date",
            "language",
            "filing_title",
            "filing_author",
            "filing_year",
            "state",
            "reason",
            "copies",
            "ordered",
            "location",
            "cover",
            "scanned_by",
            "created",
        )
        return self.only(*shown, "job").prefetch_related(models.Prefetch("authors", authors))


class BookManager(models.Manager.from_queryset(BookQuerySet)):  # type: ignore[misc]
    """The catalogue: no book that was removed."""

    def get_queryset(self) -> BookQuerySet:
        books: BookQuerySet = super().get_queryset().filter(removed_at=None)
        return books


THERE = models.Q(removed_at__isnull=True)  # as `BookManager` asks


class Book(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", "looking up"
        FILLED = "filled", "found"
        NOT_FOUND = "not_found", "not found"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    isbn = KeyField(verbose_name="ISBN-13", max_length=13, editable=True, null=True, blank=True)
    number = KeyField(
        lambda book: book.isbn or book.number, max_length=13, help_text="Its ISBN, or the local number of one without."
    )
    title = models.CharField(max_length=1000, blank=True)
    title_key = KeyField(lambda book: fold_name(book.title), max_length=200)
    subtitle = models.CharField(max_length=1000, blank=True)
    authors: "models.ManyToManyField[Author, Any]" = models.ManyToManyField(
        Author, through="BookAuthor", related_name="books", blank=True
    )
    people: "models.ManyToManyField[Person, Any]" = models.ManyToManyField(
        Person, through="BookPerson", related_name="books", blank=True
    )
    subjects: "models.ManyToManyField[Subject, Any]" = models.ManyToManyField(
        Subject, through="BookSubject", related_name="books", blank=True
    )
    pages = models.PositiveIntegerField(null=True, blank=True)
    publish_date = models.CharField(max_length=100, blank=True, help_text='As the source has it: "May 2004".')
    publishers: "models.JSONField[Any, Any]" = models.JSONField(default=list, blank=True)
    language = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text="In English: Portuguese."
    )
    series = models.CharField(max_length=300, blank=True, default="", db_default="")
    series_number = models.CharField(max_length=50, blank=True, default="", db_default="")
    edition_note = models.CharField(
        max_length=500, blank=True, default="", db_default="", help_text='As "2nd, revised edition".'
    )
    note = models.CharField(max_length=2000, blank=True, default="", db_default="")
    cover_url = models.CharField("cover address", max_length=ADDRESS_LENGTH, blank=True)
    cover = models.CharField(
        max_length=40, blank=True, default="", db_default="", editable=False, help_text="Its two files' name."
    )
    cover_due = models.BooleanField(default=False, db_default=False, editable=False, help_text="It is to be fetched.")
    outside_id = models.CharField("ID at the source", max_length=KEY_LENGTH, blank=True)
    outside_url = models.CharField("page at the source", max_length=ADDRESS_LENGTH, blank=True)
    copies = models.PositiveIntegerField(default=1, help_text="Those that can be ordered.")
    ordered = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="Those that wait for whoever has ordered them."
    )
    location = models.ForeignKey(Location, null=True, blank=True, on_delete=models.SET_NULL, db_index=False)

    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was not found or failed.")
    source = models.CharField(max_length=30, blank=True, help_text="The source that had it.")
    scanned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="scanned_books",
        db_index=False,
    )
    job = JobForeignKey(
        null=True, blank=True, editable=False, db_column="job", db_index=False, help_text="The job that looks it up."
    )
    reserved_until = models.DateTimeField(null=True, editable=False, help_text="Reserved by a request until then.")
    reserved_by = JobForeignKey(
        null=True, editable=False, db_column="reserved_by", db_index=False, help_text="The job that reserved it."
    )
    stage = models.PositiveSmallIntegerField(
        default=0, db_default=0, editable=False, help_text="While it waits: how many sources have not had it."
    )
    more_due = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="The next sources are asked for what it lacks."
    )
    refresh_job = JobForeignKey(
        null=True, editable=False, db_index=False, help_text="The job that looked it up again while it stayed found."
    )
    refresh_requested = models.DateTimeField(
        null=True, editable=False, help_text="Since when it is being looked up again."
    )
    locked: "models.JSONField[Any, Any]" = models.JSONField(
        default=list, editable=False, help_text="The names of the fields that somebody wrote: no source changes them."
    )
    given: "models.JSONField[Any, Any]" = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), editable=False,
        help_text="By field who gave it, where that is another than the book's source.",
    )  # fmt: skip
    # Where it stands in a sorted list (`filing`).
    filing_title = KeyField(filing_title, max_length=200, default=LAST, db_default=LAST)
    filing_author = KeyField(max_length=200, default=LAST, db_default=LAST)
    filing_year = YearField(default=0, db_default=0, editable=False)
    created = models.DateTimeField(db_default=Now(), editable=False)
    filled_at = models.DateTimeField(null=True, editable=False)
    not_found_at = models.DateTimeField(null=True, editable=False, help_text="When it was last not found.")
    removed_at = models.DateTimeField(
        null=True, editable=False, help_text="When it was taken out of the catalogue. 30 days later it goes for good."
    )

    objects: ClassVar[Any] = BookManager()
    with_removed: ClassVar[Any] = BookQuerySet.as_manager()
    initial = ""  # under which it stands in a list that has them
    pause = ""  # why it waits for long, where a page has asked (`pauses`)

    class Meta:
        base_manager_name = "with_removed"
        constraints = [
            models.UniqueConstraint(fields=["isbn"], name="book_isbn_once"),
            models.UniqueConstraint(fields=["number"], name="book_number_once"),
        ]
        # What the catalogue is read by holds no removed book: a list must not walk past all of a cart that was undone.
        indexes = [
            models.Index(fields=["id"], name="book_newest", condition=THERE),
            models.Index(fields=["title_key", "id"], name="book_by_title", condition=THERE),
            models.Index(fields=["state", "id"], name="book_in_state", condition=THERE),
            models.Index(fields=["filing_title", "id"], name="book_by_filing_title", condition=THERE),
            models.Index(fields=["filing_author", "filing_title", "id"], name="book_by_author", condition=THERE),
            models.Index(fields=["filing_year", "id"], name="book_by_year", condition=THERE),
            models.Index(fields=["language", "id"], name="book_in_language", condition=THERE & ~models.Q(language="")),
            models.Index(
                fields=["location", "filing_author", "filing_title", "id"], name="book_on_shelf", condition=THERE
            ),
            models.Index(fields=["id"], name="book_all_out", condition=THERE & models.Q(copies=0)),
            models.Index(fields=["id"], name="book_by_hand", condition=THERE & models.Q(source="by hand")),
            models.Index(fields=["job", "state", "id"], name="book_of_job", condition=THERE),
            models.Index(fields=["location", "id"], name="book_in_location"),
            models.Index(
                fields=["removed_at", "id"], name="book_removed", condition=models.Q(removed_at__isnull=False)
            ),
            models.Index(fields=["id"], name="book_with_cover_due", condition=models.Q(cover_due=True)),
            models.Index(fields=["job", "id"], name="book_of_job_with_cover_due", condition=models.Q(cover_due=True)),
            models.Index(fields=["id"], name="book_with_more_due", condition=models.Q(more_due=True)),
            models.Index(fields=["job", "id"], name="book_of_job_with_more_due", condition=models.Q(more_due=True)),
            models.Index(fields=["cover"], name="book_of_cover", condition=~models.Q(cover="")),
            models.Index(
                fields=["refresh_job", "id"],
                name="book_of_refresh",
                condition=models.Q(refresh_job__isnull=False),
            ),
            models.Index(fields=["scanned_by", "id"], name="book_of_scanner"),
            # Partial, so that books that were found at once don't pay for it: `not_found_at < …` implies its condition.
            models.Index(
                fields=["state", "not_found_at", "id"],
                name="book_not_found",
                condition=models.Q(not_found_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.heading

    def get_absolute_url(self) -> str:
        return reverse("book_detail", args=[self.number])

    @property
    def cover_small(self) -> str:
        """The address of its photograph as lists show it, "" where its drawn cover stands."""
        return self._cover_address("s")

    @property
    def cover_large(self) -> str:
        return self._cover_address("l")

    def _cover_address(self, size: str) -> str:
        kind, _, digest = self.cover.partition("/")
        return reverse("cover", args=[kind, digest, size]) if digest else ""

    @property
    def author_names(self) -> str:
        """As a title page has them; of many the first three. One query, unless they are prefetched."""
        names = [author.name for author in self.authors.all()]
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

    @property
    def year(self) -> str:
        return year_of(self.publish_date)

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def can_be_looked_up(self) -> bool:
        return self.state in RETRYABLE

    @property
    def is_refreshing(self) -> bool:
        """Whether it is looked up again, and stays found meanwhile."""
        return self.refresh_requested is not None

    @property
    def can_be_refreshed(self) -> bool:
        return bool(self.state == self.State.FILLED and self.isbn and not self.is_refreshing)

    @property
    def heading(self) -> str:
        """What a page calls it."""
        return self.title or self.number

    @property
    def copies_owned(self) -> int:
        """The library's: those that can be ordered, and those that are promised. Fulfilled orders have left."""
        return self.copies + self.ordered

    def may_be_edited_by(self, user: Any) -> bool:
        """Staff; where MEMBERS_EDIT_OWN_BOOKS says so, also who brought it."""
        own = bool(user.pk and self.scanned_by_id == user.pk)
        return bool(user.is_staff or (own and settings.MEMBERS_EDIT_OWN_BOOKS))

    def origin_of(self, field: str) -> str:
        """Who gave a field: the name of a source, or "by hand"."""
        return str(self.given.get(field, self.source))

    def may_be_looked_up_by(self, user: Any) -> bool:
        """Whether this person may have it looked up again: staff, and who scanned it."""
        return bool(user.is_staff or (user.pk and self.scanned_by_id == user.pk))


RETRYABLE = (Book.State.NOT_FOUND, Book.State.FAILED, Book.State.CANCELLED)  # there is something left to find out
