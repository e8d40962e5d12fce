"""A file from the first POST to the last row of its cart: every row is accounted for, and nothing is doubled."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from task.backups.models import tables_left_out
from task.books.carts import change, look_ups
from task.books.carts.models import Cart, Scan
from task.books.files import adding, sending, tasks
from task.books.files.models import Upload, UploadPart, UploadRow
from task.books.models import Author, Book, LocalNumber
from task.jobs.engine.executor import execute
from task.jobs.engine.transitions import cancel
from task.jobs.models import Job
from task.jobs.testing import assert_survives, execute_all
from tests.api.conftest import program as program
from tests.books.conftest import isbns
from tests.books.test_files import GOODREADS, PROGRAMS, line, table
from tests.services.openlibrary import OpenLibrary

pytestmark = pytest.mark.django_db
H, O = "9780345418913", "9780451524935"  # noqa: E741


def upload(content: bytes | str, name: str = "books.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def send(client: Client, content: bytes | str, name: str = "books.csv") -> Any:
    return client.post("/books/files/", {"file": upload(content, name)})


def read(client: Client, content: bytes | str, name: str = "books.csv") -> Upload:
    answer = send(client, content, name)
    assert answer.status_code == 302, answer.content.decode()
    execute_all()
    return Upload.objects.get(pk=answer.url.rstrip("/").rpartition("/")[2])


def add(client: Client, sent: Upload, **ticks: str) -> Cart:
    answer = client.post(f"/books/files/{sent.pk}/add/", ticks)
    assert answer.status_code == 302, answer.content.decode()
    sent.refresh_from_db()
    assert sent.cart is not None
    return sent.cart


def goodreads(count: int, without: int) -> bytes:
    """As many rows, so many of them without an ISBN, two with a bad one."""
    numbers = isbns(count - without - 2, 500_000_000)
    lines = [
        line(GOODREADS, Title=f"T{n}", Author="Ada Wrote", ISBN13=f'="{isbn}"', Owned_Copies="1")
        for n, isbn in enumerate(numbers)
    ]
    lines += [line(GOODREADS, Title=f"Bad {n}", ISBN13='="9780345418914"') for n in range(2)]
    lines += [
        line(GOODREADS, Title=f"W{n}", Author="Nobody Known", ISBN13='=""', Year_Published="1969")
        for n in range(without)
    ]
    return table(GOODREADS, *lines)


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_a_program_exports_becomes_a_cart(member: Client, library: OpenLibrary, program: str) -> None:
    content, wanted = PROGRAMS[program]
    sent = read(member, content, f"{program}.csv")
    page = member.get(sent.get_absolute_url()).content.decode()
    assert sent.rows_read == len(wanted)
    assert wanted[0][0] in page
    cart = add(member, sent, by_hand="on", counts_copies="on")
    execute_all()
    found = {isbn: copies for isbn, _, _, _, copies in wanted if isbn}
    assert dict(Book.objects.filter(isbn__isnull=False).values_list("isbn", "copies")) == found
    titles = {title for isbn, title, *_ in wanted if not isbn and title}
    assert set(Book.objects.filter(isbn=None).values_list("title", flat=True)) == titles
    sent.refresh_from_db()
    assert (sent.to_come, cart.scans.count() + sent.left) == (0, len(wanted))


def test_all_rows_of_a_large_export_are_accounted_for(member: Client) -> None:
    sent = read(member, goodreads(1451, 293), "goodreads_library_export.csv")
    figures = (sent.look_up, sent.here, sent.double, sent.refused, sent.without, sent.titled)
    assert figures == (1156, 0, 0, 2, 293, 293)
    page = member.get(sent.get_absolute_url()).content.decode()
    assert "Add 1,449 books" in page
    assert "2 to look at" in page
    cart = add(member, sent, by_hand="on")
    job = Job.objects.get(kind="books.add_file")
    while job.is_active:  # its look-ups are left where they are
        execute(job.pk)
        job.refresh_from_db()
    sent.refresh_from_db()
    assert (sent.handled, sent.left, sent.entered_before) == (1451, 0, 0)
    assert cart.scans.count() == 1451
    assert Book.objects.filter(isbn=None, publish_date="1969").count() == 293
    assert list(cart.scans.in_pile().values_list("text", flat=True)[1156:1159]) == ['="9780345418914"'] * 2 + [
        "L000001"
    ]
    page = member.get(cart.get_absolute_url()).content.decode()
    assert "Every row accounted for" in page
    assert "1,451" in page


def test_the_figures_sum_to_the_rows_and_say_what_is_there_already(member: Client, alice: Any) -> None:
    Book.objects.create(isbn=O, state="filled", title="1984")
    sent = read(member, f"ISBN,Title\n{H},A\n{H},A again\n{O},B\n9780345418914,C\n,D\n,\n12,E\n")
    figures = (sent.look_up, sent.here, sent.double, sent.refused, sent.without, sent.titled)
    assert figures == (1, 1, 1, 1, 2, 2)
    assert sent.rows_read == sum(figures[:5]) == UploadRow.objects.count()


def test_ticks_decide_about_copies_and_books_by_hand(member: Client, library: OpenLibrary) -> None:
    book = Book.objects.create(isbn=O, state="filled", title="1984", copies=1)
    content = f"ISBN,Title,Copies\n{H},A,3\n{O},B,2\n,Parish register,4\n"
    sent = read(member, content)
    cart = add(member, sent)
    execute_all()
    book.refresh_from_db()
    sent.refresh_from_db()
    assert (book.copies, Book.objects.get(isbn=H).copies, Book.objects.filter(isbn=None).count()) == (1, 1, 0)
    assert sent.left == 1
    assert not cart.counts_copies
    again = read(member, content)
    assert again.pk != sent.pk
    add(member, again, by_hand="on", counts_copies="on")
    execute_all()
    book.refresh_from_db()
    assert (book.copies, Book.objects.get(isbn=None).copies) == (3, 4)


def test_a_location_goes_to_the_books_and_a_rows_own_wins(member: Client, library: OpenLibrary) -> None:
    sent = read(member, f"ISBN,Title,Location\n{H},A,\n{O},B,Cellar · C 1\n,D,\n")
    assert member.post(f"/books/files/{sent.pk}/add/", {"shelf": "3"}).status_code == 200
    add(member, sent, by_hand="on", room="Main hall", shelf="3")
    execute_all()
    places = {book.title or book.isbn: str(book.location) for book in Book.objects.select_related("location")}
    assert sorted(places.values()) == ["Cellar · C 1", "Main hall · 3", "Main hall · 3"]


def test_the_same_file_again_opens_what_waits_and_enters_nothing_twice(member: Client, library: OpenLibrary) -> None:
    content = f"ISBN,Title\n{H},A\n,Parish register\n"
    first, second = read(member, content), read(member, content)
    assert first.pk == second.pk
    add(member, first, by_hand="on")
    execute_all()
    third = read(member, content)
    page = member.get(third.get_absolute_url()).content.decode()
    assert "You added this file" in page
    cart = add(member, third, by_hand="on")
    execute_all()
    third.refresh_from_db()
    assert (third.entered_before, third.left, cart.scans.count()) == (1, 0, 1)
    assert Book.objects.filter(title="Parish register").count() == 1


def test_its_books_have_one_look_up_that_begins_when_all_are_added(
    member: Client, library: OpenLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding, "A_STEP", 2)
    begin = look_ups.begin
    monkeypatch.setattr(look_ups, "begin", lambda cart: None)
    cart = add(member, read(member, "".join(f"{isbn}\n" for isbn in isbns(6)), "list.txt"))
    assert execute(Job.objects.get(kind="books.add_file").pk) == "succeeded"
    look_up = Job.objects.get(kind="books.look_up")
    assert look_up.arguments["count"] == 6
    assert execute(look_up.pk) is None, "It waits for those that are still to come."
    cart.refresh_from_db()
    begin(cart)
    assert execute(look_up.pk) == "succeeded"
    assert Book.objects.filter(state="filled").count() == 6


def test_books_by_hand_are_as_if_somebody_had_written_them_and_cost_few_statements(member: Client, alice: Any) -> None:
    ada = Author.objects.create(key="/authors/OL1A", name="Ada Wrote")
    rows = [f",Parish register {n},Ada Wrote; Bob New,19{n:02},{n + 1},Main hall · {n % 2}" for n in range(30)]
    statements = []
    for some in (rows[:3], rows[3:]):
        cart = add(member, read(member, "\n".join(["ISBN,Title,Author,Year,Copies,Location", *some])),
                   by_hand="on", counts_copies="on")  # fmt: skip
        with CaptureQueriesContext(connection) as asked:
            execute_all()
        statements.append(len(asked))
    assert statements[1] - statements[0] < 10
    assert (Book.objects.count(), Author.objects.count(), cart.scans.count()) == (30, 2, 27)
    book = Book.objects.get(title="Parish register 7")
    assert (book.number, book.isbn, book.copies, book.publish_date) == ("L000008", None, 8, "1907")
    assert (book.state, book.source, book.scanned_by, str(book.location)) == (
        "filled",
        "by hand",
        alice,
        "Main hall · 1",
    )
    assert set(book.locked) == {"title", "authors", "publish_date"}
    assert [author.name for author in book.authors.order_by("bookauthor__position")] == ["Ada Wrote", "Bob New"]
    assert ada in book.authors.all()
    scan = book.scans.get()
    assert (scan.text, scan.way, scan.effect, scan.quantity, scan.owner) == ("L000008", "file", "brought", 8, alice)


def test_what_was_undone_is_entered_again(member: Client, alice: Any, library: OpenLibrary) -> None:
    content = f"ISBN,Title\n{H},A\n,Parish register\n"
    cart = add(member, read(member, content), by_hand="on")
    execute_all()
    change.undo(cart, alice)
    execute_all()
    assert not Book.objects.exists()
    add(member, read(member, content), by_hand="on")
    execute_all()
    assert set(Book.objects.values_list("title", flat=True)) >= {"Parish register"}
    assert Book.objects.count() == 2


def test_adding_is_done_once(member: Client, library: OpenLibrary) -> None:
    sent = read(member, f"{H}\n{O}\n", "list.txt")
    assert add(member, sent) == add(member, sent)
    execute_all()
    assert (Cart.objects.count(), Scan.objects.count()) == (1, 2)


def test_nothing_is_added_before_the_second_post_or_while_it_is_read(member: Client) -> None:
    answer = send(member, f"{H}\n")
    sent = Upload.objects.get()
    assert "Its rows are being read." in member.get(answer.url).content.decode()
    assert member.post(f"/books/files/{sent.pk}/add/").url == answer.url
    execute_all()
    assert not Cart.objects.exists()
    assert not Book.objects.exists()


def test_its_page_belongs_to_scan(member: Client) -> None:
    page = member.get(read(member, f"ISBN,Title\n{H},A\n").get_absolute_url()).content.decode()
    (current,) = set(re.findall(r'<a [^>]*href="([^"]+)"[^>]* aria-current="true"', page))
    assert current == "/books/scan/"


def test_a_table_without_known_headings_asks_and_is_read_as_it_is_told(member: Client, library: OpenLibrary) -> None:
    sent = read(member, "Nummer,Was,Wer\n1,Dune,Herbert\n2,1984,Orwell\n3,x,y\n")
    page = member.get(sent.get_absolute_url()).content.decode()
    assert "Which column holds the ISBNs?" in page
    assert "Choose the column of ISBNs first." in page
    assert member.post(f"/books/files/{sent.pk}/add/").url == sent.get_absolute_url()
    assert not Cart.objects.exists()


def test_chosen_columns_are_read_again_and_old_rows_go(member: Client, library: OpenLibrary) -> None:
    sent = read(member, f"ISBN,Other,Name,Wer\n{H},{O},A,Ada\n,,B,Bob\n")
    chosen = {"isbn": "1", "title": "3", "delimiter": ",", "encoding": "utf-8", "heading_row": "1"}
    answer = member.post(f"/books/files/{sent.pk}/read/", chosen)
    assert answer.url == f"/books/files/{sent.pk}/?chosen=1"
    execute_all()
    sent.refresh_from_db()
    rows = list(UploadRow.objects.order_by("place").values_list("reading", "isbn", "title"))
    assert rows == [(2, O, "Ada"), (2, "", "Bob")]
    assert (sent.look_up, sent.without, sent.titled, sent.is_read) == (1, 1, 1, True)
    answer = member.post(f"/books/files/{sent.pk}/read/", chosen | {"heading_row": "0"})
    execute_all()
    sent.refresh_from_db()
    assert sent.rows_read == 3
    assert sent.labels[0] == "Column 1: ISBN"


def test_the_columns_of_a_large_file_appear_as_soon_as_they_are_found(
    member: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "AT_ONCE", 10)
    path = send(member, f"ISBN,Title\n{H},A\n").url
    live = member.get(path).context["live_url"]
    execute_all()
    assert 'name="isbn"' in member.get(live, headers={"hx-request": "true"}).text
    Upload.objects.update(is_read=False)
    Job.objects.update(state="running")
    live = member.get(path).context["live_url"]
    assert 'name="isbn"' not in member.get(live, headers={"hx-request": "true"}).text


def test_another_separator_finds_other_columns(member: Client) -> None:
    sent = read(member, f"ISBN;Title, long\n{H};A, b\n{O};C, d\n")
    chosen = {"isbn": "0", "delimiter": ",", "encoding": "utf-8", "heading_row": "1"}
    member.post(f"/books/files/{sent.pk}/read/", chosen)
    execute_all()
    sent.refresh_from_db()
    assert sent.labels == ["ISBN;Title", "long"]
    for bad in ({"delimiter": "x"}, {"encoding": "klingon"}, {"isbn": "77"}, {"heading_row": "-1"}):
        answer = member.post(f"/books/files/{sent.pk}/read/", chosen | bad, follow=True)
        assert "can&#x27;t be read in that way" in answer.content.decode()


def test_a_reading_that_another_one_replaced_is_cancelled(member: Client) -> None:
    send(member, f"ISBN,Title\n{H},A\n")
    sent = Upload.objects.get()
    chosen = {"isbn": "0", "delimiter": ",", "encoding": "utf-8", "heading_row": "1"}
    member.post(f"/books/files/{sent.pk}/read/", chosen)
    execute_all()
    assert sorted(Job.objects.values_list("state", flat=True)) == ["cancelled", "succeeded"]
    sent.refresh_from_db()
    assert (sent.rows_read, UploadRow.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.pdf", b"%PDF-1.7 x", "a.pdf is a PDF."),
        ("a.rtf", b"{\\rtf1 x", "a text with formatting"),
        ("a.xls", b"<html><table>", "is a web page"),
        ("a.bib", b"@book{a, title={b}}", "bibliography"),
        ("a.csv", b"PK\x03\x04" + b"x" * 60, "compressed archive"),
        ("a.xlsx", b"PK\x03\x04" + b"x" * 60, "a.xlsx"),
        ("a.csv", b"\0\0\0\0", "is empty"),
        ("a.csv", b" \n", "is empty"),
        ("a.csv", b"", "The file is empty."),
    ],
)
def test_what_is_something_else_is_one_sentence(member: Client, name: str, content: bytes, sentence: str) -> None:
    answer = send(member, content, name)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not Upload.objects.exists()


def test_a_file_that_is_too_large_or_too_long_is_told(member: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SIZE", 100)
    assert "is larger than" in send(member, "x" * 101).content.decode()
    monkeypatch.undo()
    monkeypatch.setattr(tasks, "MOST_ROWS", 3)
    sent = read(member, "".join(f"{isbn}\n" for isbn in isbns(5)))
    assert (sent.rows_read, sent.is_read) == (3, True)
    assert sent.fault == "books.csv has more than 3 rows. Split it: the rest is not read."
    assert sent.fault in member.get(sent.get_absolute_url()).content.decode()


def test_a_file_that_has_been_read_while_its_page_is_made_is_still_looked_at(member: Client) -> None:
    sent = read(member, f"{H}\n")
    Job.objects.filter(pk=sent.job_id).update(state="running")
    Upload.objects.update(is_read=False)

    def end_it(execute: Any, sql: str, *rest: Any) -> Any:
        found = execute(sql, *rest)
        if 'FROM "books_upload"' in sql and Job.objects.filter(pk=sent.job_id, state="running").update(
            state="succeeded"
        ):
            Upload.objects.update(is_read=True)
        return found

    with connection.execute_wrapper(end_it):
        page = member.get(sent.get_absolute_url(), {"chosen": "1"}, headers={"HX-Request": "true"}).text
    assert "data-live" in page
    assert page.count("Read again") == 1, "For those without script."


def test_a_refused_row_is_corrected_before_its_books_are_added(member: Client, library: OpenLibrary) -> None:
    rows = [f"{H},A", "9780345418914,B", "123456789012,C", "9780451524936,D", "97803454189,E", "12345678901,F"]
    sent = read(member, "ISBN,Title\n" + "\n".join(rows))
    path = sent.get_absolute_url()
    page = member.get(path).text
    assert "Correct them here, or add them to the cart as refused." in page
    assert "<summary>2 more</summary>" in page
    for place, text in ((2, O), (3, H), (4, "12"), (5, " "), (99, O), (1, O)):
        assert member.post(f"{path}mend/", {"place": str(place), "text": text}).url == f"{path}#look-head"
    assert member.post(f"{path}mend/", {"place": "x", "text": O}).status_code == 302
    sent.refresh_from_db()
    assert (sent.look_up, sent.double, sent.refused, sent.rows_read) == (2, 1, 3, 6)
    assert UploadRow.objects.get(place=4).text == "12"
    cart = add(member, sent)
    execute_all()
    assert {scan.book.isbn for scan in cart.scans.exclude(book=None)} == {H, O}
    assert cart.scans.count() == 6
    assert "Mend the row in its cart." in member.post(f"{path}mend/", {"place": "4", "text": O}, follow=True).text
    assert "They are in the cart as refused." in member.get(path).text


def test_a_strangers_file_is_not_there(member: Client, bob: Any, charlie: Any, client_of: Any) -> None:
    sent = read(member, f"{H}\n")
    other = client_of(bob)
    assert other.get(f"/books/files/{sent.pk}/").status_code == 404
    for action in ("add", "read", "mend"):
        assert other.post(f"/books/files/{sent.pk}/{action}/").status_code == 404
    assert client_of(charlie).get(f"/books/files/{sent.pk}/").status_code == 200
    assert Client().get(f"/books/files/{sent.pk}/").url.startswith("/accounts/login/")


def test_a_cart_that_is_undone_meanwhile_gets_no_more_rows(member: Client, alice: Any) -> None:
    cart = add(member, read(member, f"{H}\n{O}\n"))
    change.undo(cart, alice)
    execute_all()
    assert not Scan.objects.filter(undone=None).exists()
    job = Job.objects.get(kind="books.add_file")
    assert (job.state, job.message) == ("succeeded", "The cart was undone, so the rest of the file was not added.")
    assert "Not added: the cart was undone." in member.get(f"/carts/{cart.pk}/").text


def test_no_look_up_waits_for_what_was_undone(member: Client, alice: Any, library: OpenLibrary) -> None:
    cart = add(member, read(member, f"{H}\n{O}\n"))
    execute(Job.objects.get(kind="books.add_file").pk)
    look_up = Job.objects.get(kind="books.look_up")
    change.undo(cart, alice)
    execute(Job.objects.get(kind="books.undo_cart").pk)
    look_up.refresh_from_db()
    assert (look_up.state, library.requests) == ("cancelled", [])


def test_cancelled_reading_can_be_read_again(member: Client) -> None:
    send(member, f"{H}\n")
    sent = Upload.objects.get()
    cancel(sent.job)
    page = member.get(sent.get_absolute_url()).content.decode()
    assert "It was not read to its end. Read it again." in page
    member.post(f"/books/files/{sent.pk}/read/", {"delimiter": "", "encoding": "utf-8"})
    execute_all()
    sent.refresh_from_db()
    assert (sent.is_read, sent.rows_read) == (True, 1)


def test_files_go_a_week_after_adding_or_a_day_after_sending(member: Client, library: OpenLibrary) -> None:
    added, waiting, old = (read(member, f"{isbn}\n") for isbn in isbns(3))
    add(member, added)
    execute_all()
    Upload.objects.filter(pk=added.pk).update(created=timezone.now() - timedelta(days=5))
    Upload.objects.filter(pk=old.pk).update(created=timezone.now() - timedelta(hours=25))
    tasks.remove_files.delay()
    execute_all()
    assert set(Upload.objects.values_list("pk", flat=True)) == {added.pk, waiting.pk}
    Upload.objects.filter(pk=added.pk).update(added=timezone.now() - timedelta(days=8))
    tasks.remove_files.delay()
    execute_all()
    assert UploadPart.objects.get().upload_id == UploadRow.objects.get().upload_id == waiting.pk
    assert Scan.objects.count() == 1
    assert {"books_upload", "books_uploadpart", "books_uploadrow"} <= set(tables_left_out())


# For programs


@pytest.mark.parametrize("raw", [True, False])
def test_programs_send_look_and_add(alice: Any, program: Any, library: OpenLibrary, raw: bool) -> None:
    client, content = program(alice), f"ISBN,Title\n{H},A\n,Parish\n".encode()
    if raw:
        answer = client.generic("POST", "/api/books/files/?name=x.csv", content, content_type="text/csv")
    else:
        answer = client.post("/api/books/files/", {"file": upload(content, "x.csv")}, format="multipart")
    assert answer.status_code == 202, answer.json()
    told = answer.json()
    assert (told["name"], told["rows"], told["is_read"]) == ("x.csv", 0, False)
    path = f"/api/books/files/{told['id']}/"
    assert client.post(f"{path}add/", {}, format="json").status_code == 409
    execute_all()
    assert client.get(path).json()["look_up"] == 1
    assert client.get(f"{path}refused/").json() == []
    assert client.post(f"{path}mend/", {"place": 1, "text": O}, format="json").json()["refused"] == 0
    assert client.post(f"{path}mend/", {"place": 0, "text": O}, format="json").status_code == 400
    assert client.post(f"{path}read/", {"isbn": 0}, format="json").status_code == 202
    execute_all()
    assert client.get(path).json()["columns"]["title"] is None
    assert client.post(f"{path}read/", {"isbn": 9}, format="json").status_code == 400
    assert client.post(f"{path}add/", {"shelf": "1"}, format="json").status_code == 400
    told = client.post(f"{path}add/", {"by_hand": False}, format="json").json()
    execute_all()
    assert client.get(told["cart"]).json()["is_file"]
    told = client.get(path).json()
    assert (told["handled"], told["left"]) == (2, 1)
    for action in ({"isbn": 0}, {"place": 1, "text": O}):
        name = "mend" if "place" in action else "read"
        assert client.post(f"{path}{name}/", action, format="json").status_code == 409


def test_programs_add_at_once_and_once(alice: Any, program: Any, library: OpenLibrary) -> None:
    client = program(alice)
    for _ in range(2):
        answer = client.generic(
            "POST", "/api/books/files/?add=1", f"{H}\n", content_type="text/plain", HTTP_IDEMPOTENCY_KEY="a"
        )
        assert answer.status_code == 202
        execute_all()
    assert (Upload.objects.count(), Scan.objects.count()) == (1, 1)


@pytest.mark.parametrize("raw", [True, False])
def test_a_key_is_of_one_file_and_not_of_its_name(alice: Any, program: Any, raw: bool) -> None:
    client, statuses = program(alice), []
    for content in (H, H, O):
        key = {"HTTP_IDEMPOTENCY_KEY": "a"}
        if raw:
            answer = client.generic("POST", "/api/books/files/", content, content_type="text/plain", **key)
        else:
            answer = client.post("/api/books/files/", {"file": upload(content)}, format="multipart", **key)
        statuses.append(answer.status_code)
    assert statuses == [202, 202, 422]
    assert bytes(UploadPart.objects.get().content) == H.encode()


def test_programs_are_told_what_is_no_table(alice: Any, program: Any) -> None:
    client = program(alice)
    answer = client.generic("POST", "/api/books/files/", b"%PDF-1.7", content_type="application/pdf")
    assert answer.status_code == 400
    assert "is a PDF" in str(answer.json())
    assert client.post("/api/books/files/", {}, format="multipart").status_code == 400
    answer = client.generic("POST", "/api/books/files/", b"x", content_type="text/csv", CONTENT_LENGTH="30000000")
    assert answer.status_code == 413
    assert not Upload.objects.exists()


# Killed before each statement


def kept(owner: Any, content: str) -> Upload:
    sent = sending.save(owner, upload(content))
    Job.objects.all().delete()
    return sent


@pytest.mark.django_db(transaction=True)
def test_reading_a_file_survives(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "FIRST", 2)
    sent = kept(alice, f"ISBN,Title\n{H},A\n9780345418914,B\n,C\n")
    again = {"upload": sent.pk, "reading": 1, "name": sent.name}
    assert assert_survives(tasks.read_file, owner=alice, **again) > 15


@pytest.mark.django_db(transaction=True)
def test_adding_a_file_survives(alice: Any, monkeypatch: pytest.MonkeyPatch, library: OpenLibrary) -> None:
    monkeypatch.setattr(adding, "A_STEP", 2)
    sent = sending.save(alice, upload(f"ISBN,Title\n{H},A\n9780345418914,B\n,C\n"))
    execute_all()
    LocalNumber.next()
    Job.objects.all().delete()
    assert tasks.start(sent, counts_copies=True, by_hand=True)
    Job.objects.all().delete()
    ignored = ("books.scan.created", "books.book.created", "books.book.filled_at")
    assert assert_survives(tasks.add_file, owner=alice, upload=sent.pk, name=sent.name, ignore=ignored) > 30


@pytest.mark.django_db(transaction=True)
def test_removing_files_survives(alice: Any) -> None:
    sent = kept(alice, f"{H}\n")
    Upload.objects.filter(pk=sent.pk).update(created=timezone.now() - timedelta(days=2))
    assert assert_survives(tasks.remove_files) > 10


def test_programs_list_their_own_files(program: Any, alice: Any, bob: Any) -> None:
    for person in (alice, bob):
        sending.save(person, upload(f"isbn\n{H}\n", f"{person.username}.csv"))
    answer = program(alice).get("/api/books/files/")
    assert answer.status_code == 200
    assert [each["name"] for each in answer.json()["results"]] == ["alice.csv"]


def test_a_file_sent_with_the_scan_form_goes_the_same_way(member: Client) -> None:
    answer = member.post("/books/scan/", {"isbns": O, "file": upload(f"isbn\n{H}\n")})
    sent = Upload.objects.get()
    assert answer.status_code == 302
    assert answer.url == sent.get_absolute_url()
    assert Scan.objects.get().book.isbn == O


def test_one_that_is_no_file_of_books_keeps_what_stands_in_the_box(member: Client) -> None:
    answer = member.post("/books/scan/", {"isbns": O, "file": upload("%PDF-1.4", "list.pdf")})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert O in page
    assert answer.context["form"].errors["file"][0] in unescape(page)
    assert not Scan.objects.exists()
