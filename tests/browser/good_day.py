"""A desk on a good day, for the pictures of the README: nothing odd, and something of everything."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from task.books.carts.models import Cart, Scan
from task.books.models import Author, Book
from task.books.search import index
from task.first_steps.models import Progress
from task.jobs.models import Job
from tests.browser import filling

# The newest last
BOOKS = (
    ("9780374533557", "Thinking, Fast and Slow", "Daniel Kahneman", "2011"),
    ("9780316769488", "The Catcher in the Rye", "J. D. Salinger", "1951"),
    ("9780061120084", "To Kill a Mockingbird", "Harper Lee", "1960"),
    ("9780156001311", "The Name of the Rose", "Umberto Eco", "1983"),
    ("9780679732761", "Invisible Man", "Ralph Ellison", "1952"),
    ("9780375704024", "Norwegian Wood", "Haruki Murakami", "2000"),
    ("9780060883287", "One Hundred Years of Solitude", "Gabriel García Márquez", "1967"),
    ("9780679731726", "The Remains of the Day", "Kazuo Ishiguro", "1989"),
    ("9780345391803", "The Hitchhiker’s Guide to the Galaxy", "Douglas Adams", "1979"),
    ("9780156453806", "Invisible Cities", "Italo Calvino", "1972"),
    ("9780374104092", "Annihilation", "Jeff VanderMeer", "2014"),
    ("9780156907392", "To the Lighthouse", "Virginia Woolf", "1927"),
    ("9781400033416", "Beloved", "Toni Morrison", "1987"),
    ("9780547773742", "A Wizard of Earthsea", "Ursula K. Le Guin", "1968"),
    ("9780441478125", "The Left Hand of Darkness", "Ursula K. Le Guin", "1969"),
    ("9780156439619", "If on a winter’s night a traveler", "Italo Calvino", "1979"),
    ("9780140328721", "Fantastic Mr Fox", "Roald Dahl", "1970"),
)
HOURS = (2, 4, 7, 3, 2, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 6, 8, 7, 6, 5)


def jobs(owner: Any) -> None:
    now = timezone.now()
    for ago, count in enumerate(reversed(HOURS)):
        for number in range(count):
            filling.job(owner, "Look up 48 books", "succeeded", ago * 3600 + 1900 + number, done=48, total=48, took=6)
    filling.job(owner, "Look up 12 books", "queued", 3, kind="books.look_up", claims=0)
    filling.job(
        owner, "Look up 48 books", "running", 9, done=18, total=48, lease_until=now + timedelta(hours=1),
        kind="books.look_up",
    )  # fmt: skip
    filling.job(
        owner, "Generate 100,000 random users", "running", 77, done=62_500, total=100_000, claims=2,
        lease_until=now + timedelta(hours=1), tally={"made": 62_500},
        history=[{"what": "worker lost", "done": 41_000, "when": (now - timedelta(seconds=31)).isoformat()}],
    )  # fmt: skip
    filling.job(
        owner, "Look up 1,000 books", "failed", 16_000, done=690, total=1_000, took=12,
        error="The disk is full. Free 2 GB, then retry. Books found before that are kept.",
    )  # fmt: skip


def books(owner: Any) -> None:
    for isbn, title, name, year in BOOKS:
        book = Book.objects.create(isbn=isbn, title=title, publish_date=year, state="filled", scanned_by=owner)
        author, _ = Author.objects.get_or_create(key=f"name:{name.lower()}", defaults={"name": name})
        book.authors.add(author)
    index(Book.objects.values_list("pk", flat=True))


def cart(owner: Any) -> None:
    """What the scan page shows beside them: the books as the cart that they came in, and three more scans."""
    books = list(Book.objects.order_by("id"))
    reason = "Open Library and the local catalogue do not have it."
    books.append(Book.objects.create(isbn="9789180230018", state="not_found", reason=reason, scanned_by=owner))
    books.append(Book.objects.create(isbn="9780441172719", state="waiting", scanned_by=owner))
    books.append(books[0])
    began = timezone.now() - timedelta(minutes=18)
    cart = Cart.objects.create(owner=owner, name="Riverside school", started=began, last_scan=timezone.now())
    for place, book in enumerate(books):
        known = place == len(books) - 1
        Scan.objects.create(
            cart=cart, owner=owner, uuid=uuid4(), at=began + timedelta(seconds=50 * place), text=book.number, book=book,
            effect=Scan.Effect.KNOWN if known else Scan.Effect.BROUGHT, quantity=0 if known else 1,
        )  # fmt: skip


def fill(owner: Any) -> None:
    Job.objects.all().delete()
    Progress.objects.note(owner, dismissed_at=timezone.now())
    jobs(owner)
    books(owner)
