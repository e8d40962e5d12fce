"""Orders of books. A list sorts by `id` where it says "newest first": ids only grow."""

import re
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Prefetch
from django.urls import reverse

from task.books.models import Author, Book
from task.jobs import Now
from task.jobs.models import Job, JobForeignKey

NUMBER = re.compile(r"(?:(?P<year>[1-8]\d{3})-)?0*(?P<place>\d{1,18})", re.ASCII)


class OrderQuerySet(models.QuerySet["Order"]):
    def called(self, number: str) -> "OrderQuerySet":
        """The order of this number ("2026-00042", or its end alone), or none."""
        found = NUMBER.fullmatch(number.strip())
        if found is None:
            return self.none()
        orders = self.filter(pk=int(found["place"]))
        if not found["year"]:
            return orders
        year = int(found["year"])
        return orders.filter(
            created__gte=datetime(year, 1, 1, tzinfo=UTC), created__lt=datetime(year + 1, 1, 1, tzinfo=UTC)
        )

    def seen_by(self, user: Any) -> "OrderQuerySet":
        """What this person may see: staff all, the others their own, so a stranger's order is a 404."""
        return self.all() if user.is_staff else self.filter(owner=user.pk)

    def for_page(self) -> "OrderQuerySet":
        """With what a page shows of the book and of the people; never a password's hash."""
        people = [f"{who}__{name}" for who in ("owner", "ended_by") for name in ("username", "first_name", "last_name")]
        book = [f"book__{name}" for name in ("isbn", "number", "title", "state", "publish_date")]
        own = [field.attname for field in Order._meta.concrete_fields]
        return self.select_related("book", "owner", "ended_by").only(*own, *people, *book, "owner__email")

    def with_authors(self) -> "OrderQuerySet":
        """Of their books, for the covers: one query more."""
        authors = Author.objects.only("name").order_by("bookauthor__position", "bookauthor__id")
        return self.prefetch_related(Prefetch("book__authors", authors))


class Order(models.Model):
    """Copies of a book for a person, taken from `Book.copies` with the row; they come back when it is cancelled."""

    class State(models.TextChoices):
        RECEIVED = "received", "received"
        FULFILLED = "fulfilled", "fulfilled"
        CANCELLED = "cancelled", "cancelled"

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="orders", db_index=False)
    quantity = models.PositiveIntegerField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="orders", db_index=False
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    job = JobForeignKey(editable=False, db_column="job", db_index=False, help_text="The job of its confirmation email.")
    created = models.DateTimeField(db_default=Now(), editable=False)
    ended = models.DateTimeField(null=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="ended_orders", editable=False
    )
    ended_job = JobForeignKey(
        null=True,
        editable=False,
        db_column="ended_job",
        db_index=False,
        help_text="The job of the email about its end.",
    )

    objects: ClassVar[Any] = OrderQuerySet.as_manager()
    mail: Job | None = None  # the job of its last email, where a page has asked (`mails`),
    was_mailed = False  # and whether that sent one

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gte=1), name="order_of_one_or_more")]
        indexes = [
            models.Index(fields=["state", "id"], name="order_in_state"),
            models.Index(fields=["owner", "id"], name="order_of_owner"),
            models.Index(fields=["owner", "state", "id"], name="order_of_owner_in_state"),
            models.Index(fields=["book", "id"], name="order_of_book"),
            models.Index(fields=["book", "owner", "id"], name="order_of_book_of_owner"),
        ]

    def __str__(self) -> str:
        return f"Order {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("order_detail", args=[self.number])

    @property
    def number(self) -> str:
        """What people call it: the year of the order and its place among all."""
        return f"{self.created.astimezone(UTC):%Y}-{self.pk:05d}"

    @property
    def is_received(self) -> bool:
        return self.state == self.State.RECEIVED

    @property
    def has_address(self) -> bool:
        """Whether an email about it has where to go."""
        return bool(self.owner and self.owner.email)

    @property
    def copies(self) -> str:
        """ "1 copy", "3 copies"."""
        return copies(self.quantity)


class IndexedOrder(models.Model):
    """The words of an order, folded: its number, its book as it was ordered, and whose it is (`orders.words`)."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, primary_key=True, related_name="indexed")
    text = models.TextField()

    def __str__(self) -> str:
        return self.text


def copies(count: int) -> str:
    return "1 copy" if count == 1 else f"{count:,} copies"
