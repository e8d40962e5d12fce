"""Carts and their scans: what one person scans in one go, in the order of the pile."""

from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, CharField, Q, Value, When
from django.urls import reverse
from django.utils import timezone

from task.jobs import Now
from task.jobs.models import JobForeignKey

PAUSE = timedelta(minutes=30)  # the next scan begins a new cart
TEXT = 200  # characters of what was scanned; a number with all that people write around it has fewer


class CartQuerySet(models.QuerySet["Cart"]):
    def seen_by(self, user: Any) -> "CartQuerySet":
        """What this person may see: staff all, the others their own, so a stranger's cart is a 404."""
        return self.all() if user.is_staff else self.filter(owner=user.pk)


class Cart(models.Model):
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="carts", db_index=False
    )
    name = models.CharField(max_length=100, blank=True)
    is_file = models.BooleanField(default=False, help_text="The rows of a file. It is never the current cart.")
    location = models.ForeignKey(
        "books.Location", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    counts_copies = models.BooleanField(
        "count each scan as a copy", default=False, help_text="Off: a book in the catalogue waits for “Add a copy”."
    )
    started = models.DateTimeField(help_text="When its first scan was made.")
    last_scan = models.DateTimeField(help_text="When its last scan was made, or it was begun.")
    finished = models.DateTimeField(null=True, editable=False)
    resumed = models.DateTimeField(null=True, editable=False, help_text="When somebody last went on with it.")
    undo_job = JobForeignKey(
        null=True, editable=False, db_column="undo_job", db_index=False, help_text="The job that undoes it."
    )

    look_up = JobForeignKey(
        null=True, editable=False, db_index=False, help_text="The newest job that looks up its books."
    )

    objects: ClassVar[Any] = CartQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["owner", "started", "id"], name="cart_of_owner"),
            models.Index(fields=["started", "id"], name="cart_by_start"),
            models.Index(fields=["owner", "resumed"], name="cart_resumed", condition=models.Q(resumed__isnull=False)),
        ]

    def __str__(self) -> str:
        """Its name, else when it was begun in the reader's zone."""
        return self.name or f"Cart of {timezone.localtime(self.started):%H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("cart_detail", args=[self.pk])

    @property
    def minutes(self) -> int:
        """From its first scan to its last."""
        return round((self.last_scan - self.started).total_seconds() / 60)

    def takes(self, at: Any) -> bool:
        """Whether a scan of this moment belongs to it: not after its end, nor half an hour behind its last one."""
        return bool(at <= (self.finished or at) and at <= self.last_scan + PAUSE)


class ScanState(models.TextChoices):
    """What a row says. Made of what the scan did and of what has become of its book."""

    LOOKING_UP = "looking_up", "looking up"
    FOUND = "found", "found"
    COPY = "copy", "copy added"
    KNOWN = "known", "in the catalogue"
    NOT_FOUND = "not_found", "not found"
    FAILED = "failed", "look-up failed"
    REFUSED = "refused", "refused"
    UNDONE = "undone", "undone"
    DISMISSED = "dismissed", "dismissed"


# How its plate and its row look
SHAPES = {
    ScanState.LOOKING_UP: "looking",
    ScanState.FOUND: "found",
    ScanState.COPY: "copy",
    ScanState.KNOWN: "here",
    ScanState.NOT_FOUND: "none",
    ScanState.FAILED: "none",
    ScanState.REFUSED: "bad",
    ScanState.UNDONE: "gone",
    ScanState.DISMISSED: "gone",
}
NEEDS_WORK = (ScanState.NOT_FOUND, ScanState.REFUSED, ScanState.FAILED)


class ScanQuerySet(models.QuerySet["Scan"]):
    def seen_by(self, user: Any) -> "ScanQuerySet":
        return self.all() if user.is_staff else self.filter(owner=user.pk)

    def in_pile(self) -> "ScanQuerySet":
        """In the order in which the books lie."""
        return self.order_by("at", "id")

    def with_state(self) -> "ScanQuerySet":
        """With `shown`, which counts and filters need in the database."""
        of_book = {
            "waiting": ScanState.LOOKING_UP,
            "not_found": ScanState.NOT_FOUND,
            "failed": ScanState.FAILED,
            "cancelled": ScanState.FAILED,
        }
        return self.annotate(
            shown=Case(
                When(undone__isnull=False, then=Value(ScanState.UNDONE)),
                When(dismissed__isnull=False, then=Value(ScanState.DISMISSED)),
                When(effect=Scan.Effect.REFUSED, then=Value(ScanState.REFUSED)),
                When(Q(book=None) | Q(book__removed_at__isnull=False), then=Value(ScanState.UNDONE)),
                *(When(book__state=state, then=Value(shown)) for state, shown in of_book.items()),
                When(effect=Scan.Effect.COPY, then=Value(ScanState.COPY)),
                When(effect=Scan.Effect.KNOWN, then=Value(ScanState.KNOWN)),
                default=Value(ScanState.FOUND),
                output_field=CharField(),
            )
        )

    def needing_work(self) -> "ScanQuerySet":
        return self.in_state(*NEEDS_WORK)

    def in_state(self, *states: str) -> "ScanQuerySet":
        rows: Any = self.with_state()
        found: ScanQuerySet = rows.filter(shown__in=states)
        return found

    def for_rows(self) -> "ScanQuerySet":
        """With the book of each, its authors, and its state: two queries."""
        from_book = ("isbn", "number", "title", "publish_date", "state", "reason", "source", "copies", "ordered",
                     "location", "removed_at", "job", "scanned_by", "filled_at", "cover")  # fmt: skip
        own = [field.attname for field in Scan._meta.concrete_fields]
        return (
            self.with_state()
            .select_related("book", "book__location")
            .only(*own, *(f"book__{name}" for name in from_book), "book__location__room", "book__location__shelf")
            .prefetch_related("book__authors")
        )


class Scan(models.Model):
    """One number of one book in one hand. It keeps what it did, so that undo takes back exactly that."""

    class Effect(models.TextChoices):
        BROUGHT = "brought", "brought the book"
        COPY = "copy", "added copies"
        KNOWN = "known", "found the book in the catalogue"
        REFUSED = "refused", "was refused"

    class Way(models.TextChoices):
        BOX = "box", "scanned"
        CAMERA = "camera", "by camera"
        PHOTO = "photo", "from a photo"
        FILE = "file", "from a file"
        HAND = "hand", "entered by hand"
        PROGRAM = "program", "by a program"

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="scans", db_index=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="scans", db_index=False
    )
    uuid = models.UUIDField(help_text="The browser's name for what it sent: what is sent twice counts once.")
    place = models.PositiveIntegerField(default=0, help_text="Which of the numbers in what was sent.")
    at = models.DateTimeField(help_text="When it was made, by the browser's clock.")
    created = models.DateTimeField(db_default=Now(), editable=False)
    way = models.CharField(max_length=10, choices=Way.choices, default=Way.BOX)
    text = models.CharField(max_length=TEXT, help_text="As it was scanned.")
    book = models.ForeignKey("books.Book", null=True, on_delete=models.SET_NULL, related_name="scans", db_index=False)
    effect = models.CharField(max_length=10, choices=Effect.choices)
    quantity = models.PositiveIntegerField(default=1, help_text="Copies that it brought or added.")
    fault = models.CharField(max_length=300, blank=True, help_text="Why it was refused: a whole sentence.")
    offers: "models.JSONField[Any, Any]" = models.JSONField(default=list, help_text="ISBNs that may be meant.")
    note = models.CharField(max_length=300, blank=True, help_text="What else stood there.")
    undone = models.DateTimeField(null=True, editable=False)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False, db_index=False
    )
    kept = models.CharField(max_length=200, blank=True, help_text="Why undoing it left the book: a whole sentence.")
    dismissed = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[Any] = ScanQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "uuid", "place"], name="scan_sent_once")]
        indexes = [
            models.Index(fields=["cart", "at", "id"], name="scan_in_pile"),
            models.Index(fields=["book", "id"], name="scan_of_book"),
            models.Index(fields=["owner", "id"], name="scan_of_owner"),
            # Partial: a refused row is there until somebody mends or dismisses it.
            models.Index(
                fields=["id"],
                name="scan_refused",
                condition=models.Q(effect="refused", undone=None, dismissed=None),
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def state(self) -> ScanState:
        """Asked for by `with_state`."""
        return ScanState(vars(self)["shown"])

    @property
    def shape(self) -> str:
        return SHAPES[self.state]

    @property
    def needs_work(self) -> bool:
        return self.state in NEEDS_WORK

    @property
    def copies_now(self) -> str:
        """Behind "copy added": "now 3"."""
        return f"now {self.book.copies_owned:,}" if self.book else ""
