"""A desk that has seen something: good books and bad ones, jobs in every state, words that try to break the page."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from task.accounts.invitations import Invitation
from task.accounts.models import PendingSignUp, UserBatch
from task.books.models import Author, Book, Person, Subject
from task.books.search import index
from task.jobs.models import Job

BOOKS = (
    ("9780441478125", "The Left Hand of Darkness", "Ursula K. Le Guin", "1969"),
    ("9780156439619", "If on a winter’s night a traveler", "Italo Calvino", "1979"),
    ("9780374104092", "Annihilation", "Jeff VanderMeer", "2014"),
    ("9780156907392", "To the Lighthouse", "Virginia Woolf", "1927"),
    ("9780345391803", "The Hitchhiker’s Guide to the Galaxy", "Douglas Adams", "1979"),
    ("9781400033416", "Beloved", "Toni Morrison", "1987"),
    ("9780140328721", "Fantastic Mr Fox", "Roald Dahl", "October 1, 1988"),
    ("9789953686950", "ألف ليلة وليلة", "مؤلف مجهول", "1900"),
    ("9780131103627", "Donaudampfschifffahrtsgesellschaft " * 20, "A very long name of a person " * 7, "1978"),
    ("9780262510875", "<script>alert('title')</script> & <b>more</b> 📚", 'O\'Neil "the" <i>Author</i>', "1996"),
)


def people() -> tuple[Any, Any]:
    """A member and somebody of the staff."""
    users = get_user_model().objects
    member = users.create_user("marta", "marta@example.org", "secret words", first_name="Marta", last_name="Keller")
    staff = users.create_user("sam", "sam@example.org", "secret words", is_staff=True, is_superuser=True)
    return member, staff


def job(owner: Any, title: str, state: str, ago: float, **fields: Any) -> Job:
    now = timezone.now()
    took = fields.pop("took", None)
    if state != "queued":
        fields["started"] = now - timedelta(seconds=ago - 0.4)
    if took is not None:
        fields["finished"] = fields["started"] + timedelta(seconds=took)
    created = now - timedelta(seconds=ago)
    return Job.objects.create(
        owner=owner, title=title, state=state, created=created, **{"kind": "accounts.generate", "claims": 1, **fields}
    )


def jobs(owner: Any) -> dict[str, Job]:
    lost = (timezone.now() - timedelta(seconds=31)).isoformat()
    return {
        "running": job(
            owner, "Make 100,000 random users", "running", 77, done=62_500, total=100_000, claims=2,
            runner="desk-2 4180", tally={"users_made": 62_500, "emails_drawn_again": 318},
            lease_until=timezone.now() + timedelta(hours=1),
            history=[{"what": "worker lost", "done": 41_000, "when": lost}],
        ),
        "queued": job(owner, "Look up 48 books", "queued", 3, kind="books.look_up", claims=0),
        "counting": job(owner, "Find what nobody has counted", "running", 12, done=1_234, kind="books.look_up"),
        "failed": job(
            owner, "Backup of 09:00", "failed", 16_000, done=69, total=100, took=12,
            error="The disk is full. Free 2 GB, then retry. The backup of 08:00 is verified.",
            traceback='Traceback (most recent call last):\n  File "tasks.py", line 12\nOSError: No space left',
        ),
        "succeeded": job(
            owner, "Look up 1,000 books", "succeeded", 90_000, done=1_000, total=1_000, took=14,
            message="996 books found, 4 not found.",
        ),
        "cancelled": job(owner, "Make 500 random users", "cancelled", 95_000, done=40, total=500, took=31),
        "odd": job(owner, "<b>Bold</b> " + "W" * 280, "failed", 99_000, took=0.001, error="x" * 2_000),
    }  # fmt: skip


def books(owner: Any) -> None:
    for number, (isbn, title, author, date) in enumerate(BOOKS):
        book = Book.objects.create(
            isbn=isbn, title=title[:1000], publish_date=date, state="filled", scanned_by=owner, source="catalogue",
            outside_url="https://openlibrary.org/books/OL1M", publishers=["A & B"], pages=number * 1_000 + 1,
        )  # fmt: skip
        book.authors.add(Author.objects.create(name=author[:200], key=f"a{number}"))
        genre = ("Science fiction", "Classics", "قصص", "Children’s literature and the stories that grown-ups tell")
        for name in genre[: 1 + number % 4]:
            book.subjects.add(Subject.objects.get_or_create(key=f"name:{name}", defaults={"name": name})[0])
        if number == 0:
            subjects = [Subject.objects.create(name=f"Subject {n} of many", key=f"s{n}") for n in range(95)]
            book.subjects.add(*subjects)
            book.people.add(Person.objects.create(name="Genly Ai", key="p1"))
    index(Book.objects.values_list("pk", flat=True))
    Book.objects.create(isbn="9780375704024", state="waiting", scanned_by=owner)
    Book.objects.create(
        isbn="9789180230018", state="not_found", reason="Asked: catalogue, Open Library.", scanned_by=owner
    )
    Book.objects.create(
        isbn="9780451524935", state="failed", reason="Open Library answered with an error.", scanned_by=owner
    )
    index(Book.objects.values_list("pk", flat=True))


def looked_up(owner: Any) -> Job:
    """A job that has looked up all books but those that still wait."""
    done = Book.objects.exclude(state="waiting")
    count = done.count()
    made = job(
        owner, f"Look up {count} books", "succeeded", 600, kind="books.look_up", done=count, total=count, took=4.1
    )
    done.update(job=made)
    return made


def sign_up(email: str) -> str:
    """The address of the link that an email to `email` has."""
    row = PendingSignUp.objects.create(pk=uuid4(), username="nora", email=email, password="md5$x$y")
    return reverse("signup_finish", args=[row.token])


def invitation(email: str, staff: Any, **columns: Any) -> str:
    """The address of the link that an email to `email` has."""
    row = Invitation.objects.create(pk=uuid4(), email=email, invited_by=staff, **columns)
    return reverse("invited", args=[row.token])


def invitations(staff: Any) -> str:
    """One of each, and a long one; the address of the first one's link."""
    link = invitation("dora@example.org", staff)
    now = timezone.now()
    invitation("used@example.org", staff, used_at=now)
    invitation("withdrawn@example.org", staff, withdrawn_at=now)
    invitation("old@example.org", staff, created=now - timedelta(days=9))
    invitation("a-very-long-name-" * 3 + "@a-very-long-domain-of-somebody.example.org", staff)
    return link


def random_users(owner: Any) -> None:
    users = get_user_model()
    batch = UserBatch.objects.create(job_id=job(owner, "x", "succeeded", 9, took=1).pk, owner=owner, total=30, made=30)
    users.objects.bulk_create(
        users(
            username=f"random.person.{n}", email=f"random.person.{n}@example.com", first_name="Ana" if n else "A" * 150,
            last_name=f"Tester {n}", is_random=True, batch=batch, password="!",
        )
        for n in range(30)
    )  # fmt: skip
