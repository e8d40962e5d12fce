"""Books as files: what is in them, who may have them, and that the desk reads its own table back as it was."""

import csv
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pymarc
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from task.backups.models import folders_left_out, tables_left_out
from task.books.by_hand import saving
from task.books.exports import files, tasks, views
from task.books.exports.models import Export, Format
from task.books.exports.wanted import Wanted
from task.books.facets import candidates, listing
from task.books.files.models import Upload
from task.books.locations import location
from task.books.models import Author, Book, BookAuthor, BookPerson, BookSubject, LocalNumber, Person, Scan, Subject
from task.books.search import index
from task.books.sources.edition import key_of
from task.jobs.engine.executor import execute
from task.jobs.engine.guards import allow_writes
from task.jobs.engine.transitions import retry
from task.jobs.models import Job
from task.jobs.testing import assert_survives, execute_all
from task.kit.spreadsheets import unescape_formula
from tests.accounts.pages import errors, flashes, send
from tests.api.conftest import program as program
from tests.books.conftest import isbns
from tests.services.openlibrary import OpenLibrary
from tests.services_needed import yaz_marcdump

pytestmark = pytest.mark.django_db
NEW = "/exports/new/"
EVIL = [
    "=1+1", "'=1+1", "''=1+1", "'Salem's Lot", "+49 30", "-x-", "@SUM(A1)", '=HYPERLINK("http://x.example";"y")',
    "a;=b",
    'say "no"', "a, b; c", "<script>alert(1)</script>", "&amp;lt;", "\\begin{x} 100 % $#_{}~^", "＝1",
]  # fmt: skip
SCRIPTS = [
    "L’étranger", "Łódź, Ørsted, Œuvres ß", "موسم الهجرة", "می‌خواهم", "שלום", "海辺のカフカ",
    "हिन्दी", "Ελλάδα", "🐍 👩‍🔬", "e\u0301",
]  # fmt: skip


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def names(table: Any, links: Any, book: Book, *several: str) -> None:
    for position, name in enumerate(several):
        row, _ = table.objects.get_or_create(key=key_of(name, f"name:{name}"), defaults={"name": name})
        more = {"position": position} if table is Author else {}
        links.objects.create(book=book, **{links.target: row}, **more)


def book(number: str, title: str = "", **fields: Any) -> Book:
    lists = {name: fields.pop(name, ()) for name in ("authors", "people", "subjects")}
    isbn = None if number.startswith("L") else number
    state = Book.State.FILLED if title else Book.State.NOT_FOUND
    made: Book = Book.objects.create(isbn=isbn, number=number, title=title, state=state, **fields)
    names(Author, BookAuthor, made, *lists["authors"])
    names(Person, BookPerson, made, *lists["people"])
    names(Subject, BookSubject, made, *lists["subjects"])
    index([made.pk])
    return made


def library_of_all_sorts() -> None:
    numbers = iter(isbns(100, 600_000_000))
    for text in [*EVIL, *SCRIPTS]:
        place = location(text[:90], f"2 / {text}"[:90]) if text.strip("=+-@") else None
        book(
            next(numbers), text, subtitle=text, authors=[text, f"{text}, and more"], people=[f"p {text}"],
            subjects=[text, "Sea -- Stories"], publishers=[text, "B"], publish_date=f"May 2004 {text}", language="Thai",
            pages=321, series=text, series_number="=2", edition_note=text, note=f"{text}\n\n=one\n'two", copies=3,
            location=place,
        )  # fmt: skip
    book(
        next(numbers),
        " ".join(["Long"] * 200),
        authors=[f"Author {n}" for n in range(200)],
        subjects=["w" * 300],
        note="n" * 2000,
    )
    book(next(numbers), "Nobody has it", copies=0)
    book(
        next(numbers),
        "Some are ordered",
        copies=12_345,
        ordered=7,
        cover_url="https://covers.openlibrary.org/b/id/1-L.jpg",
    )
    book(next(numbers))
    book("L000007", "Without a number", authors=["=Le Guin, Ursula K."], copies=2)
    book("L000124", "Another without")


def table_of(export: Export) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(files.path_of(export).read_text("utf-8-sig"), newline="")))


def export(client: Client, format: str = "csv", query: str = "") -> Export:
    answer = client.post(NEW, {"format": format, "query": query})
    assert answer.status_code == 302, errors(answer, "format")
    execute_all()
    made: Export = Export.objects.latest("id")
    assert answer.headers["Location"] == f"/jobs/{made.job_id}/"
    assert made.is_done, made.job and made.job.error
    return made


def bring(client: Client, content: bytes, name: str = "books.csv", **ticks: str) -> Upload:
    answer = client.post("/books/files/", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    execute_all()
    sent: Upload = Upload.objects.latest("id")
    assert not sent.fault
    assert (
        client.post(f"/books/files/{sent.pk}/add/", {"counts_copies": "on", "by_hand": "on"} | ticks).status_code == 302
    )
    execute_all()
    sent.refresh_from_db()
    return sent


def empty_the_catalogue() -> None:
    Scan.objects.all().delete()
    Book.with_removed.all().delete()
    for table in (Author, Person, Subject):
        table.objects.all().delete()
    LocalNumber.objects.all().delete()


def test_a_table_comes_back_without_a_difference(member: Client, library: OpenLibrary) -> None:
    library_of_all_sorts()
    library.unknown.add(Book.objects.get(title="").number)
    first = export(member)
    content, rows = files.path_of(first).read_bytes(), table_of(first)
    assert len(rows) == Book.objects.count() == first.books
    empty_the_catalogue()
    sent = bring(member, content)
    assert (sent.look_up, sent.without, sent.refused, sent.left) == (len(rows) - 2, 2, 0, 0)
    again = table_of(export(member))
    key = lambda row: row["isbn"] or row["number"]  # noqa: E731
    for before, after in zip(sorted(rows, key=key), sorted(again, key=key), strict=True):
        assert {name: (before[name], after[name]) for name in before if before[name] != after[name]} == {}
    assert Book.objects.filter(state="filled").count() == len(rows) - 1
    assert LocalNumber.next() == "L000125"


def test_no_cell_is_taken_for_a_formula(member: Client) -> None:
    library_of_all_sorts()
    rows = table_of(export(member))
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]
    assert "'=1+1" in cells
    assert "''=1+1" in cells
    assert "'Salem's Lot" in cells
    assert {unescape_formula(cell) for cell in cells} >= set(EVIL)


def test_what_is_here_already_is_not_doubled_and_a_number_that_is_taken_becomes_another(member: Client) -> None:
    book(isbns(1)[0], "Here", copies=1)
    same = book("L000001", "The same")
    book("L000002", "Theirs")
    made = export(member)
    content = files.path_of(made).read_bytes()
    Book.objects.filter(number="L000002").update(title="Ours")
    LocalNumber.objects.update_or_create(pk=1, defaults={"last": 2})
    sent = bring(member, content)
    assert (sent.here, sent.entered_before) == (1, 1)
    assert sorted(Book.objects.values_list("number", "title", "copies")) == [
        (isbns(1)[0], "Here", 2), ("L000001", "The same", 1), ("L000002", "Ours", 1), ("L000003", "Theirs", 1)
    ]  # fmt: skip
    note = Scan.objects.get(book__number="L000003").note
    assert note == "L000002 is another book's number here, so this book is L000003."
    assert same.scans.count() == 0
    page = member.get(sent.cart.get_absolute_url()).content.decode()
    assert "so this book is L000003" in page
    bring(member, content)
    assert Book.objects.count() == 4


def test_a_number_beyond_all_others_does_not_use_them_up(db: None) -> None:
    LocalNumber.next()
    assert saving.numbers_of(["L999999999", "", "L000005", "L000005"]) == ["L000006", "L000007", "L000005", "L000008"]


def test_the_list_is_exported_as_it_is_filtered(member: Client) -> None:
    hall = location("Main hall", "1")
    book(isbns(3)[0], "The Sea", location=hall)
    book(isbns(3)[1], "The Sky", location=hall)
    book(isbns(3)[2])
    page = member.get(f"/books/?location={hall.pk}&sort=oldest").content.decode()
    assert f'href="/exports/new/?location={hall.pk}&amp;sort=oldest"' in page
    made = export(member, query=f"location={hall.pk}&q=the+sea&sort=title&after=zzz&look=table")
    assert [row["title"] for row in table_of(made)] == ["The Sea"]
    assert made.job.arguments == {"format": "csv", "query": f"location={hall.pk}&q=the+sea"}
    assert made.words == "“the sea”, Location: Main hall · 1"
    assert [row["title"] for row in table_of(export(member, query="state=not_found"))] == [""]
    assert table_of(export(member, query="q=nothing+is+called+so")) == []
    form = member.get(f"{NEW}?location={hall.pk}").content.decode()
    assert "Export 2 books" in form
    assert "Location: Main hall · 1" in form
    again = member.get(f"{NEW}?again={made.job_id}").content.decode()
    assert "<h1>Export 1 book</h1>" in again


def marc_records(made: Export) -> list[pymarc.Record]:
    path = str(files.path_of(made))
    if made.format == Format.MARCXML:
        return list(pymarc.parse_xml_to_array(path, strict=True))
    with open(path, "rb") as file:
        return [record for record in pymarc.MARCReader(file)]  # noqa: C416  None where one can't be read


def test_filters_that_leave_more_than_a_page_knows_are_followed_to_the_end(
    member: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, isbn in enumerate(isbns(9)):
        book(isbn, f"Book {place}", language="Thai" if place % 2 else "Greek", authors=["Ada"], copies=place % 3)
    author = Author.objects.get()
    page = member.get(author.get_absolute_url()).content.decode()
    assert f'href="/exports/new/?author={author.pk}"' in page
    for module in (candidates, listing):
        monkeypatch.setattr(module, "MOST", 1)
    monkeypatch.setattr(candidates, "READ", 1)
    monkeypatch.setattr(tasks, "A_STEP", 2)
    query = f"language=Thai&available=yes&author={author.pk}"
    assert Wanted(query, author).listing.books is None
    made = export(member, query=query)
    assert [row["title"] for row in table_of(made)] == ["Book 1", "Book 5", "Book 7"]
    assert made.words == "Available: Available now, Author: Ada, Language: Thai"
    assert made.job.message == "3 books exported."


@pytest.mark.parametrize("format", ["marc", "marcxml"])
def test_marc_is_read_by_others(member: Client, format: str) -> None:
    library_of_all_sorts()
    book("9780451524935", "Too long", subjects=[f"{n} {'長' * 290}" for n in range(130)])
    one = book("9780345418913", "The Hitch-hiker", authors=["Adams, Douglas", "Eoin Colfer"], people=["Arthur Dent"],
               subjects=["Sea", "Sky"], copies=3, location=location("Main hall", "SF 3"), publish_date="May 1979",
               publishers=["Pan", "Macmillan"], pages=224, language="English", note="Given by\nMarta",
               cover_url="https://portal.dnb.de/opac/mvb/cover?isbn=1")  # fmt: skip
    made = export(member, format)
    records = marc_records(made)
    assert None not in records
    assert len(records) == made.books
    assert (made.books + made.left_out, made.left_out) == (Book.objects.count(), 1 if format == "marcxml" else 2)
    assert "left out: no title, or too long for this format." in made.job.message
    assert all(len(record["008"].data) == 40 for record in records)
    titles = set(Book.objects.exclude(title="").values_list("title", flat=True))
    assert {record["245"]["a"] for record in records} >= titles - {"Too long"}
    (found,) = (record for record in records if record["001"].data == one.number)
    shown = [str(field) for field in found.fields if field.tag > "008"]
    assert shown == [
        "=020  \\\\$a9780345418913",
        "=100  1\\$aAdams, Douglas$4aut",
        "=245  14$aThe Hitch-hiker",
        "=264  \\1$bPan$bMacmillan$cMay 1979",
        "=300  \\\\$a224 pages",
        "=546  \\\\$aEnglish",
        "=590  \\\\$aGiven by",
        "=590  \\\\$aMarta",
        "=600  04$aArthur Dent",
        "=650  \\4$aSea",
        "=650  \\4$aSky",
        "=700  0\\$aEoin Colfer$4aut",
        *(f"=952  \\\\$cMain hall · SF 3$t{number}" for number in (1, 2, 3)),
    ]


@pytest.mark.parametrize("format", ["marc", "marcxml"])
def test_another_program_of_libraries_finds_no_fault_in_it(member: Client, format: str) -> None:
    yaz = yaz_marcdump()
    library_of_all_sorts()
    options = ["-i", "marcxml"] if format == "marcxml" else []
    done = subprocess.run([yaz, *options, "-n", str(files.path_of(export(member, format)))], capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_bibtex_and_ris(member: Client) -> None:
    library_of_all_sorts()
    book("9780345418913", "50 % of {it} is_a \\lie", authors=["Adams, Douglas", "Smith and Sons"],
         publishers=["Pan"], publish_date="May 1979", note="a\nb",
         subjects=["Sea, the", "*"], series="H2G2", series_number="1")  # fmt: skip
    bibtex = files.path_of(export(member, "bibtex")).read_text()
    entry = next(each for each in bibtex.split("\n\n") if "9780345418913" in each)
    assert entry == (
        "@book{isbn9780345418913,\n"
        "  author = {Adams, Douglas and {Smith and Sons}},\n"
        "  title = {{50 \\% of \\textbraceleft{}it\\textbraceright{} is\\_a \\textbackslash{}lie}},\n"
        "  publisher = {Pan},\n  year = {1979},\n  series = {H2G2},\n  number = {1},\n  isbn = {9780345418913},\n"
        "  keywords = {*, Sea; the},\n  note = {a b},\n}"
    )
    assert bibtex.count("{") == bibtex.count("}")
    keys = re.findall(r"@book\{(\w+),", bibtex)
    assert len(keys) == len(set(keys)) == Book.objects.exclude(title="").count()
    ris = files.path_of(export(member, "ris")).read_bytes().decode()
    entry = next(each for each in ris.split("\r\n\r\n") if "9780345418913" in each)
    assert entry.split("\r\n") == [
        "TY  - BOOK", "ID  - 9780345418913", "TI  - 50 % of {it} is_a \\lie", "AU  - Adams, Douglas",
        "AU  - Smith and Sons", "PY  - 1979", "PB  - Pan", "T3  - H2G2", "M1  - 1", "SN  - 9780345418913",
        "KW  - Sea, the", "N1  - a b", "ER  - ",
    ]  # fmt: skip
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*|", line) for line in ris.split("\r\n"))


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({}, "format", "Choose a format."),
        ({"format": "pdf"}, "format", "Choose one of these formats."),
        ({"format": "csv", "query": "q=" + "x" * 5_000}, "query", "The search is too long"),
    ],
)
def test_bad_input_is_a_sentence(member: Client, fields: dict[str, Any], field: str, says: str) -> None:
    answer = send(member, NEW, **fields)
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert not Job.objects.exists()


def test_odd_filters_are_those_of_the_list(member: Client) -> None:
    book(isbns(1)[0], "One")
    for query in ("state=nowhere", "location=999", "location=x", "q=%00", "x=1&y=%ff", "q=" + "a" * 3_000, "&&&="):
        assert member.get(f"{NEW}?{query}").status_code == member.get(f"/books/?{query}").status_code == 200
        export(member, query=query)
    assert member.get(f"{NEW}?job=1").status_code == 404


def test_a_double_click_is_one_export(member: Client) -> None:
    fields = {"format": "csv", "query": "", "form_token": "once"}
    member.post(NEW, fields)
    answer = member.post(NEW, fields)
    assert "You already sent this." in flashes(answer)[-1]
    assert Export.objects.count() == Job.objects.count() == 1


def test_the_list_the_file_and_the_job_are_its_owners_and_the_staffs(
    member: Client, client_of: Callable[[Any], Client], bob: Any, charlie: Any, client: Client
) -> None:
    book(isbns(1)[0], "One")
    made = export(member)
    stranger, staff = client_of(bob), client_of(charlie)
    download, delete = f"/exports/{made.pk}/download/", f"/exports/{made.pk}/delete/"
    for reader in (member, staff):
        answer = reader.get(download)
        assert b"".join(answer.streaming_content) == files.path_of(made).read_bytes()
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{made.file_name}"'
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "All books, CSV" in reader.get("/exports/").content.decode()
        job = reader.get(f"/jobs/{made.job_id}/").content.decode()
        assert "What it made" in job
        assert download in job
    assert "for alice" in staff.get("/exports/").content.decode()
    assert stranger.get(download).status_code == stranger.post(delete).status_code == 404
    assert "No exports yet" in stranger.get("/exports/").content.decode()
    assert [client.get(url).status_code for url in ("/exports/", NEW, download)] == [302] * 3
    assert member.get(delete).status_code == 405
    assert member.post(delete).status_code == 302
    assert not files.folder_of(made.pk).exists()
    assert member.get(download).status_code == 404


def test_a_file_that_is_gone_is_a_sentence(member: Client) -> None:
    made = export(member)
    files.remove(made.pk)
    assert views.MISSING in flashes(member.get(f"/exports/{made.pk}/download/"))


def test_one_that_is_deleted_while_it_is_written_leaves_nothing(
    member: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for isbn in isbns(3):
        book(isbn, "One")
    monkeypatch.setattr(tasks, "A_STEP", 1)
    member.post(NEW, {"format": "csv"})
    made = Export.objects.get()
    real = files.assemble

    def late(export: Export, *args: Any) -> int:
        with allow_writes():
            Export.objects.filter(pk=export.pk).delete()
        return real(export, *args)

    monkeypatch.setattr(files, "assemble", late)
    execute_all()
    job = Job.objects.get()
    assert (job.state, job.message) == ("succeeded", tasks.DELETED)
    assert not files.folder_of(made.pk).exists()


def test_a_full_disk_is_a_sentence_and_a_retry_goes_on(member: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for isbn in isbns(3):
        book(isbn, "One")
    monkeypatch.setattr(tasks, "A_STEP", 1)
    member.post(NEW, {"format": "csv"})
    real, calls = files.os.fsync, []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        real(handle)

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "fsync", full)
        execute_all()
    job = Job.objects.get()
    assert (job.state, job.error) == (
        "failed", "The disk is full, so the file could not be written. Free some space, then retry."
    )  # fmt: skip
    assert member.post(f"/jobs/{job.pk}/retry/").status_code == 302
    execute_all()
    assert len(table_of(Export.objects.get())) == 3


@pytest.mark.django_db(transaction=True)
def test_the_export_survives(alice: Any, media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before each statement it leaves the same bytes, and no part of them."""
    monkeypatch.setattr(tasks, "A_STEP", 2)
    for number, isbn in enumerate(isbns(5)):
        book(isbn, f"Book {number}", authors=[f"Author {number}"])
    written: set[bytes] = set()

    def reset() -> None:
        """After each run, before the next."""
        written.update(path.read_bytes() for path in media.glob("exports/*/books-*.csv"))
        assert len(list(media.glob("exports/*/*"))) <= 1 + len(list(media.glob("exports/*/*.part")))
        shutil.rmtree(media, ignore_errors=True)

    def rows(job: Job) -> None:
        views.save_export(job, "")

    points = assert_survives(
        tasks.export_books, owner=alice, rows=rows, reset=reset, ignore=("jobs.job.cursor",), format="csv", query=""
    )
    reset()
    assert points > 20
    (content,) = written
    titles = [row["title"] for row in csv.DictReader(StringIO(content.decode("utf-8-sig"), newline=""))]
    assert titles == [f"Book {number}" for number in range(5)]


@pytest.mark.django_db(transaction=True)
def test_the_clean_up_survives(member: Client) -> None:
    for _ in range(2):
        export(member)
    Export.objects.update(created=timezone.now() - timedelta(days=31))
    assert assert_survives(tasks.remove_exports) > 5


def test_a_part_that_a_power_cut_took_is_written_again(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "A_STEP", 1)
    for number, isbn in enumerate(isbns(3)):
        book(isbn, f"Book {number}")
    job = tasks.export_books.apply_async(
        kwargs={"format": "csv", "query": ""}, owner=alice, rows=lambda job: views.save_export(job, "") and None
    )
    made, real = Export.objects.get(), files.assemble

    def fails(*args: Any) -> int:
        raise OSError("once")

    monkeypatch.setattr(files, "assemble", fails)
    execute(job.pk)
    assert retry(job)
    (part,) = files.folder_of(made.pk).glob("*.part")
    part.write_bytes(part.read_bytes()[:-5])
    monkeypatch.setattr(files, "assemble", real)
    execute_all()
    made.refresh_from_db()
    assert [row["title"] for row in table_of(made)] == ["Book 0", "Book 1", "Book 2"]
    assert made.books == 3


def test_old_exports_go_and_no_backup_has_them(member: Client, settings: Any) -> None:
    old, new = export(member), export(member)
    Export.objects.filter(pk=old.pk).update(created=timezone.now() - timedelta(days=31))
    (files.root() / "99999").mkdir()
    (files.folder_of(new.pk) / "1.part").touch()
    job = tasks.remove_exports.delay()
    execute_all()
    job.refresh_from_db()
    assert job.message == "1 export older than 30 days deleted."
    assert {path.name for path in files.root().iterdir()} == {str(new.pk)}
    assert [path.name for path in files.folder_of(new.pk).iterdir()] == [new.file_name]
    assert files.root() in folders_left_out()
    assert "books_export" in tables_left_out()
    settings.EXPORTS_KEEP_DAYS = 0
    Export.objects.update(created=timezone.now() - timedelta(days=400))
    job = tasks.remove_exports.delay()
    execute_all()
    job.refresh_from_db()
    assert job.message == "Exports are kept for ever, so none were deleted."


# For programs


def test_programs_export_wait_fetch_and_delete(program: Any, alice: Any) -> None:
    book(isbns(2)[0], "The Sea")
    book(isbns(2)[1], "The Sky")
    client = program(alice)
    answer = client.post("/api/exports/", {"format": "csv", "query": "q=the sea&state=filled"}, format="json")
    assert answer.status_code == 202, answer.json()
    made = answer.json()
    assert (made["state"], made["words"], made["file"]) == ("working", "“the sea”, State: Found", None)
    assert client.get(f"/api/exports/{made['id']}/file/").status_code == 409
    execute_all()
    made = client.get(made["url"]).json()
    assert (made["state"], made["books"], made["left_out"]) == ("done", 1, 0)
    assert b"The Sea" in b"".join(client.get(made["file"]).streaming_content)
    assert [each["id"] for each in client.get("/api/exports/").json()["results"]] == [made["id"]]
    files.remove(made["id"])
    assert client.get(made["file"]).json()["detail"] == views.MISSING
    assert client.delete(made["url"]).status_code == 204
    assert not Export.objects.exists()


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"format": "pdf"}, "pdf"),
        ({"query": "colour=red"}, "There is no filter “colour” of the books."),
        ({"query": "state=nowhere"}, "state: "),
        ({"query": "q=" + "x" * 5_000}, "This is too long: at most 4,000 characters."),
        ({"formats": "csv"}, "There is no such field here."),
    ],
)
def test_programs_are_told_what_is_wrong(program: Any, alice: Any, sent: dict[str, str], says: str) -> None:
    answer = program(alice).post("/api/exports/", sent, format="json")
    assert answer.status_code == 400
    assert says in str(answer.json())
    assert not Job.objects.exists()
