"""The pages of carts, for the tests in a real browser."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from task.books import holdings
from task.books.carts import accept
from task.books.carts.accept import Sent
from task.books.carts.models import Cart
from task.books.exports.models import Export
from task.books.exports.tasks import export_books
from task.books.exports.views import save_export
from task.books.files import sending
from task.books.files.contents import contents
from task.books.files.models import Upload
from task.books.files.tasks import portions, save
from task.books.merging import changing
from task.books.merging.tasks import merge_names, rename
from task.books.models import Author, Book, BookAuthor, Location, SourceAnswer, SourceDay, SourceState
from task.jobs.engine.executor import execute
from task.jobs.models import Job, RateLimit
from tests.browser import filling
from tests.browser.entry import Entry

NO_PAGES = {
    "cart_new": "takes POST only",
    "cart_finish": "takes POST only",
    "cart_go_on": "takes POST only",
    "cart_try_again": "takes POST only",
    "cart_sheet": "a file",
    "photo": "a picture",
    "cover": "a picture",
    "export_download": "a file",
    "export_delete": "takes POST only",
    "file_read": "takes POST only",
    "file_mend": "takes POST only",
    "file_add": "takes POST only",
    "book_remove": "takes POST only",
    "book_revert": "takes POST only",
    "book_copies": "takes POST only",
    "book_put_back": "takes POST only",
    "source_move": "takes POST only",
    "source_pause": "takes POST only",
    "source_resume": "takes POST only",
    "sources_try": "leads to the page of the sources",
    "source_raw": "plain text",
    "names_no_double": "takes POST only",
    "name_undo": "takes POST only",
}


def full_cart(owner: Any, **fields: Any) -> Cart:
    """All states of a scan: twelve found books with a refused and a not found one between them."""
    at = timezone.now() - timedelta(minutes=20)
    place = Location.objects.get_or_create(key="room 2\tshelf b", defaults={"room": "Room 2", "shelf": "Shelf B"})[0]
    cart = accept.begin(owner, at, **{"name": "Riverside school", "location": place, **fields})
    known = [book[0] for book in filling.BOOKS]
    texts = [*known[:3], "97804515249", *known[3:6], "9789180230018", *known[6:], "9780375704024", "9780451524935"]
    sent = [Sent(uuid4(), text, at + timedelta(seconds=20 * n)) for n, text in enumerate(texts)]
    accept.accept(owner, sent, cart)
    return cart


TABLE = (
    "ISBN13,Title,Author,Year,Copies\n9780140449136,Crime and Punishment,Fyodor Dostoevsky,1866,2\n"
    "978014044913,Cut short,Ada Wrote,1999,1\n,The Parish Register,Edith Marchbanks,1921,1\n"
)
ASKS = "Nummer,Was,Wer\n1,Dune,Herbert\n2,Emma,Austen\n"


def full_file(owner: Any, content: str = TABLE) -> Upload:
    """As it is once a worker has read it."""
    sent = sending.save(owner, SimpleUploadedFile("books.csv", content.encode()))
    with contents(sent) as file:
        for portion, _ in portions(file, sent, None):
            save(sent, portion)
    Job.objects.filter(pk=sent.job_id).update(state="succeeded")
    return sent


def asked_sources() -> None:
    """One source that staff paused, one that can't be reached, and where the desk looked for a book."""
    now = timezone.now()
    names = ("Open Library", "the local catalogue")
    SourceDay.objects.bulk_create(
        SourceDay(source=name, day=now.date(), shard=0, asked=3360, found=2604, asked_at=now, answered_at=now)
        for name in names
    )
    SourceState.objects.create(source="catalogue", paused_at=now)
    until = now + timedelta(minutes=10)
    reason = "Open Library can’t be reached."
    RateLimit.objects.update_or_create(
        source="Open Library", defaults={"next_at": now, "blocked_until": until, "reason": reason, "strikes": 3}
    )
    book = Book.objects.get(isbn="9789180230018")
    said = [SourceAnswer(book=book, source=name, result="none", asked_at=now) for name in names]
    away = SourceAnswer(book=book, source="Library of Congress", result="away", asked_at=now)
    SourceAnswer.objects.bulk_create([*said, away])


def exported(member: Any, staff: Any) -> list[Entry]:
    """Exports in each state, and the form for them."""
    arguments = {"format": "csv", "query": "q=the"}
    states = {"succeeded": 12_345, "running": None, "failed": None}
    for owner in (member, staff):
        for state, size in states.items():
            job = export_books.apply_async(kwargs=arguments, owner=owner)
            made = save_export(job, "“the”, Location: " + "Long room " * 20)
            Job.objects.filter(pk=job.pk).update(state=state, done=120, total=240)
            Export.objects.filter(pk=made.pk).update(size=size, books=120, left_out=3)
    done = Export.objects.filter(owner=member, size__isnull=False).latest("id")
    return [
        Entry("exports_list", reverse("exports_list")),
        Entry("exports_staff", reverse("exports_list"), "staff"),
        Entry("export_new", reverse("export_new") + "?q=the&state=filled"),
        Entry("job_export", done.get_absolute_url()),
    ]


def merged(staff: Any) -> list[Entry]:
    """Two that look alike, one that was merged and one that is called otherwise since."""
    kept, gone, odd = (
        Author.objects.create(name=name, key=f"merging {name}")
        for name in ("Ursula Le Guin", "Leguin, U.", "<b>Bold</b> " + "W" * 280)
    )
    job = merge_names.apply_async(owner=staff, rows=lambda job: changing.new_merge(job, gone, kept))
    execute(job.pk)
    renamed = rename.apply_async(owner=staff, rows=lambda job: changing.new_rename(job, kept, "Le Guin, Ursula"))
    execute(renamed.pk)
    for named in (kept, odd):
        BookAuthor.objects.create(book=Book.objects.get(isbn=filling.BOOKS[1][0]), author=named, position=9)
    taken = "Leguin, U."
    return [
        Entry("names_doubles", reverse("names_doubles", args=["author"]), "staff"),
        Entry("names_doubles_none", reverse("names_doubles", args=["person"]), "staff"),
        Entry("authors_staff", reverse("authors_list"), "staff"),
        Entry("author_staff", kept.get_absolute_url(), "staff"),
        Entry("name_rename", reverse("name_rename", args=["author", odd.pk]), "staff"),
        Entry("name_rename_error", reverse("name_rename", args=["author", odd.pk]), "staff", fill={"name": taken}),
        Entry("name_merge", reverse("name_merge", args=["author", kept.pk]), "staff"),
        Entry("name_merge_error", reverse("name_merge", args=["author", kept.pk]) + "?into=0", "staff"),
        Entry("name_merge_sure", reverse("name_merge", args=["author", odd.pk]) + f"?into={kept.pk}", "staff"),
        Entry("job_merge", job.get_absolute_url(), "staff"),
    ]


def filled(member: Any, staff: Any) -> list[Entry]:
    asked_sources()
    cart = full_cart(member)
    full_cart(staff, name="")
    (gone,) = accept.accept(staff, [Sent(uuid4(), "9780306406157")]).scans.values()
    holdings.remove(gone[0].book, staff)
    address = cart.get_absolute_url()
    file = full_file(member)
    asks = full_file(member, ASKS)
    return [
        Entry("carts_list", reverse("carts_list")),
        Entry("carts_staff", reverse("carts_list"), "staff"),
        Entry("carts_work", reverse("carts_list") + "?state=work"),
        Entry("cart_detail", address),
        Entry("cart_staff", address, "staff"),
        Entry("cart_not_found", f"{address}?state=not_found"),
        Entry("cart_edit", reverse("cart_edit", args=[cart.pk])),
        Entry("cart_edit_error", reverse("cart_edit", args=[cart.pk]), fill={"room": "", "shelf": "B"}),
        Entry("cart_undo", reverse("cart_undo", args=[cart.pk])),
        Entry("cart_mend", reverse("cart_mend", args=[cart.pk])),
        Entry("file_new", reverse("file_new")),
        Entry("file_detail", file.get_absolute_url()),
        Entry("file_asks", asks.get_absolute_url()),
        *exported(member, staff),
        *merged(staff),
        Entry("sources_list", reverse("sources_list"), "staff"),
        Entry("sources_error", reverse("sources_list"), "staff", fill={"isbn": "12"}),
        Entry("books_removed", reverse("books_removed"), "staff"),
        Entry("book_holding", reverse("book_holding", args=[filling.BOOKS[0][0]]), "staff"),
        Entry(
            "book_holding_error", reverse("book_holding", args=[filling.BOOKS[0][0]]), "staff", fill={"copies": "-1"}
        ),
        Entry("book_cover", reverse("book_cover", args=[filling.BOOKS[0][0]]), "staff"),
        Entry("book_edit", reverse("book_edit", args=[filling.BOOKS[0][0]]), "staff"),
        Entry("book_edit_error", reverse("book_edit", args=[filling.BOOKS[0][0]]), "staff", fill={"title": ""}),
        Entry("book_staff", reverse("book_detail", args=[filling.BOOKS[0][0]]), "staff"),
        Entry("books_of_location", reverse("books_list") + f"?location={cart.location_id}"),
    ]


def empty() -> list[Entry]:
    return [Entry("carts_empty", reverse("carts_list")), Entry("exports_empty", reverse("exports_list"))]
