"""The sources as staff see them: how each stands, pause and resume, trying an ISBN, and what is kept raw."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from task.books.models import Book, SourceAnswer, SourceDay, SourceState
from task.books.sources import in_order
from task.books.standing.groups import hint_of
from task.books.standing.states import Standing, standings
from task.books.standing.tasks import remove_old_answers
from task.jobs.models import Job, RateLimit
from task.jobs.services import rate_limit
from task.jobs.testing import assert_survives, execute_all
from tests.api.conftest import program as program
from tests.books.catalogues import k10plus as k10plus
from tests.books.catalogues import loc as loc
from tests.books.conftest import isbns, scan
from tests.books.test_pages import words
from tests.services.catalogues import Sru, field, record
from tests.services.openlibrary import OpenLibrary
from tests.services.stub import Odd

pytestmark = pytest.mark.django_db
ISBN = "9780441007318"


@pytest.fixture
def staff(client_of: Callable[[Any], Client], charlie: Any) -> Client:
    return client_of(charlie)


def text(answer: Any) -> str:
    return re.sub(r" ([.,])", r"\1", " ".join(re.sub("<[^>]+>", " ", words(answer)).split()))


def stands(key: str) -> Standing:
    return next(each for each in standings() if each.source.key == key)


def asked(source: str, number: int, found: int, days: int = 0, shard: int = 0) -> None:
    moment = timezone.now() - timedelta(days=days)
    SourceDay.objects.create(
        source=source, day=moment.date(), shard=shard, asked=number, found=found,
        asked_at=moment - timedelta(milliseconds=310), answered_at=moment,
    )  # fmt: skip


# How each stands


def test_those_that_are_asked_come_first_and_the_others_say_what_to_set(settings: Any) -> None:
    settings.SOURCES, settings.GOOGLE_BOOKS_KEY = ("k10plus", "googlebooks", "catalogue"), ""
    found = standings()
    assert [(each.source.key, each.place) for each in found[:4]] == [
        ("k10plus", 1), ("googlebooks", 2), ("catalogue", 3), ("openlibrary", 0),
    ]  # fmt: skip
    assert [each.state for each in found] == ["answering", "off", "answering", "off", "off", "off", "off"]
    assert stands("googlebooks").why == "Set GOOGLE_BOOKS_KEY to switch it on."
    assert stands("dnb").why == "Add dnb to SOURCES to switch it on."
    settings.SOURCES = ("catalogue",)
    assert stands("googlebooks").why == "Add googlebooks to SOURCES and set GOOGLE_BOOKS_KEY to switch it on."


@pytest.mark.parametrize(
    ("reason", "state"), [("Open Library asked us to wait.", "paused"), ("Open Library can't be reached.", "failing")]
)
def test_what_a_source_said_is_its_state(staff: Client, reason: str, state: str) -> None:
    rate_limit.wait_for_turn("Open Library", 0)
    rate_limit.block("Open Library", reason, 600)
    assert (stands("openlibrary").state, stands("openlibrary").why) == (state, reason)
    assert re.search(rf"{state} {re.escape(reason)} Next try at \d\d:\d\d\.", text(staff.get("/sources/")))
    RateLimit.objects.update(blocked_until=timezone.now() - timedelta(hours=1))
    assert stands("openlibrary").state == "answering"


def test_found_of_asked_in_thirty_days(staff: Client) -> None:
    asked("Open Library", 3000, 2000)
    asked("Open Library", 360, 300, days=29, shard=1)
    asked("Open Library", 900, 900, days=31)
    assert (stands("openlibrary").found, stands("openlibrary").asked) == (2300, 3360)
    assert "2,300 of 3,360, 68 %" in text(staff.get("/sources/"))
    assert "0.3 s" in text(staff.get("/sources/"))


def test_the_page_costs_the_same_whatever_was_asked(staff: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            staff.get("/sources/")
        return len(found)

    before = queries()
    for number in range(16):
        asked("Open Library", 1, 1, days=number // 8, shard=number % 8)
    Book.objects.bulk_create([Book(isbn=isbn, state="filled") for isbn in isbns(5)])
    assert queries() == before


def test_a_source_is_paused_and_resumed(staff: Client, charlie: Any, library: OpenLibrary) -> None:
    page = text(staff.post("/sources/openlibrary/pause/", follow=True))
    assert "Open Library is paused: look-ups skip it." in page
    assert "Paused by charlie, just now. Look-ups skip it." in page
    scan(isbns(1))
    execute_all()
    assert library.requests == []
    page = text(staff.post("/sources/openlibrary/resume/", follow=True))
    assert "Open Library is asked again." in page
    assert SourceState.objects.get().paused_at is None
    assert staff.post("/sources/amazon/pause/").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/sources/"), ("post", "/sources/openlibrary/move/"), ("post", "/sources/try/"),
     ("post", "/sources/openlibrary/pause/"),
     ("post", "/sources/openlibrary/resume/"), ("get", f"/sources/openlibrary/raw/{ISBN}/")],
)  # fmt: skip
def test_strangers_log_in_and_members_find_nothing(client: Client, member: Client, method: str, path: str) -> None:
    assert getattr(client, method)(path).headers["Location"].startswith("/accounts/login/")
    assert getattr(member, method)(path).status_code == 404
    assert not SourceState.objects.exists()
    assert "/sources/" not in words(member.get("/"))


# Their order


def order() -> list[str]:
    return [each.source.key for each in standings() if each.place]


def move(staff: Client, key: str, way: str, place: int) -> str:
    return text(staff.post(f"/sources/{key}/move/", {"move": way, "place": place}, follow=True))


def test_staff_move_a_source_and_the_next_look_up_asks_in_that_order(staff: Client, library: OpenLibrary) -> None:
    assert order() == ["openlibrary", "catalogue"]
    assert "Local catalogue is now number 1, from the next look-up on." in move(staff, "catalogue", "up", 2)
    assert order() == [source.key for source in in_order()] == ["catalogue", "openlibrary"]
    library.records["9780345418913"] = {"title": "By the second"}
    scan(["9780345418913"])  # the local catalogue has it
    execute_all()
    assert Book.objects.get().title not in ("", "By the second")
    move(staff, "catalogue", "down", 1)
    assert order() == ["openlibrary", "catalogue"]


def test_who_saw_another_order_moves_nothing(staff: Client, settings: Any) -> None:
    settings.SOURCES = ("openlibrary", "k10plus", "catalogue")
    move(staff, "catalogue", "up", 3)
    assert "The order has changed meanwhile, so Local catalogue was not moved." in move(staff, "catalogue", "up", 3)
    assert order() == ["openlibrary", "catalogue", "k10plus"]


def test_one_that_leaves_the_setting_and_comes_back_and_one_that_is_new(staff: Client, settings: Any) -> None:
    settings.SOURCES = ("openlibrary", "k10plus", "catalogue")
    move(staff, "catalogue", "up", 3)
    settings.SOURCES = ("openlibrary", "k10plus")
    assert order() == ["openlibrary", "k10plus"]
    settings.SOURCES = ("dnb", "openlibrary", "k10plus", "catalogue")
    assert order() == ["openlibrary", "catalogue", "k10plus", "dnb"]


@pytest.mark.parametrize(
    ("key", "data"),
    [("catalogue", {}), ("catalogue", {"move": "sideways", "place": 2}), ("catalogue", {"move": "up", "place": "\0"}),
     ("openlibrary", {"move": "up", "place": 1}), ("catalogue", {"move": "down", "place": 2}),
     ("catalogue", {"move": "up", "place": 9**30}), ("dnb", {"move": "up", "place": 3})],
)  # fmt: skip
def test_what_is_no_move_moves_nothing(staff: Client, key: str, data: dict[str, Any]) -> None:
    assert staff.post(f"/sources/{key}/move/", data, follow=True).status_code == 200
    assert order() == ["openlibrary", "catalogue"]
    assert staff.post("/sources/amazon/move/", {"move": "up", "place": 2}).status_code == 404


# Trying an ISBN


def test_an_isbn_is_tried_side_by_side_and_nothing_is_written(
    staff: Client, k10plus: Sru, loc: Sru, library: OpenLibrary
) -> None:
    library.records[ISBN] = {
        "title": "The Left Hand",
        "publishers": [{"name": "Ace"}],
        "subjects": ["A", "B", "C", "D"],
    }
    k10plus.has(ISBN, record(ISBN, "By K10plus", field("041", a="eng"), field("490", a="Series")))
    loc.always = Odd(status=500)
    page = words(staff.post("/sources/try/", {"isbn": "0-441-00731-7"}))
    rows = {
        row[0]: row[1:]
        for each in re.findall('<tr><th scope="row">.*?</tr>', page, re.DOTALL)
        if (
            row := [
                re.sub("<[^>]+>|\\s+", " ", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", each)
            ]
        )
    }
    taken = {
        name: [place for place, cell in enumerate(cells) if cell.startswith("taken:")] for name, cells in rows.items()
    }
    assert [" ".join(each.split()) for each in rows["Title"]] == ["taken: The Left Hand", "–", "By K10plus", "–"]
    assert " ".join(rows["Subjects"][0].split()) == "taken: A, B, C and 1 more"
    assert (taken["Publisher"], taken["Published"], taken["Language"], taken["Series"]) == ([0], [2], [2], [])
    assert "4 sources asked in" in page
    assert "Library of Congress is having problems (error 500)." in page
    assert page.count('id="raw-') == 2
    assert (Book.objects.count(), SourceAnswer.objects.count(), SourceDay.objects.count(), Job.objects.count()) == (
        0,
    ) * 4


def test_a_paused_source_is_not_tried(staff: Client, k10plus: Sru, library: OpenLibrary) -> None:
    SourceState.objects.create(source="k10plus", paused_at=timezone.now())
    assert "K10plus is paused and was not asked." in text(staff.post("/sources/try/", {"isbn": ISBN}))
    assert k10plus.requests == []


@pytest.mark.parametrize("wrong", ["", "12", "9780441007319", "x" * 10_000, "<script>", "9780441007318 9780345418913"])
def test_what_is_no_isbn_is_said_beside_the_field(staff: Client, wrong: str) -> None:
    answer = staff.post("/sources/try/", {"isbn": wrong})
    assert answer.status_code == 200
    assert 'id="isbn-error"' in words(answer)
    assert "<script>" not in answer.content.decode().split("<main")[1].split("</main")[0]


def test_what_a_source_writes_is_shown_as_text(staff: Client, k10plus: Sru, library: OpenLibrary) -> None:
    library.unknown = {ISBN}
    k10plus.has(ISBN, record(ISBN, "<script>alert(1)</script>"))
    main = staff.post("/sources/try/", {"isbn": ISBN}).content.decode().split("<main")[1].split("</main")[0]
    assert "&lt;script&gt;alert(1)" in main
    assert "<script>" not in main


# Raw answers, and where the desk looked


def test_the_newest_raw_answer_of_a_source_is_kept_and_shown_as_plain_text(
    staff: Client, k10plus: Sru, library: OpenLibrary
) -> None:
    one, other = isbns(2)
    library.unknown = {other}
    k10plus.has(other, record(other, "<b>Bold</b>"))
    scan([one, other])
    execute_all()
    answer = staff.get(f"/sources/k10plus/raw/{other}/")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "&lt;b&gt;Bold" in answer.content.decode()
    assert '"title": ' in staff.get(f"/sources/openlibrary/raw/{one}/").content.decode()
    assert staff.get(f"/sources/k10plus/raw/{one}/").status_code == 404
    assert staff.get("/sources/k10plus/raw/12/").status_code == 404
    assert f'href="/sources/openlibrary/raw/{one}/"' in words(staff.get(f"/books/{one}/"))
    kept = SourceAnswer.objects.get(book__isbn=one, source="Open Library").raw
    assert bytes(kept)[:2] == b"\x78\x9c", "Compressed."


def test_a_book_that_was_not_found_says_where_the_desk_looked(
    client_of: Callable[[Any], Client], alice: Any, k10plus: Sru, loc: Sru, library: OpenLibrary
) -> None:
    isbn = isbns(1)[0]
    library.unknown = {isbn}
    loc.always = Odd(status=500)
    scan([isbn], alice)
    execute_all()
    member = client_of(alice)
    page = text(member.get(f"/books/{isbn}/"))
    assert "Where we looked Open Library does not have it" in page
    assert "K10plus does not have it" in page
    assert "Library of Congress Library of Congress is having problems (error 500)." in page
    assert "do not have this book" not in page, "Once is enough."
    loc.always = None
    loc.has(isbn)
    RateLimit.objects.update(blocked_until=None)
    member.post(f"/books/{isbn}/lookup/")
    execute_all()
    page = text(member.get(f"/books/{isbn}/"))
    assert "Where we looked" not in page


def old(count: int) -> None:
    book = Book.objects.create(isbn=ISBN, state="filled")
    then = timezone.now() - timedelta(days=366)
    SourceAnswer.objects.bulk_create(
        [SourceAnswer(book=book, source=f"S {n}", result="found", raw=b"x", asked_at=then) for n in range(count)]
    )
    SourceAnswer.objects.create(book=book, source="New", result="found", asked_at=timezone.now())


@pytest.mark.parametrize(
    ("isbn", "sources", "hint"),
    [
        (
            "9783161484100",
            ("openlibrary",),
            "978-3: German language. K10plus and DNB, which catalogue such books, are not",
        ),
        (
            "9783161484100",
            ("openlibrary", "k10plus"),
            "978-3: German language. DNB, which catalogues such books, is not",
        ),
        ("9783161484100", ("openlibrary", "k10plus", "dnb"), "978-3: German language."),
        ("9789180230018", ("openlibrary",), "978-91: Sweden."),
        ("9791032708293", ("bnf",), "979-10: France."),
    ],
)
def test_staff_read_what_the_group_of_its_isbn_tells(
    staff: Client,
    member: Client,
    settings: Any,
    isbn: str,
    sources: tuple[str, ...],
    hint: str,
    django_assert_max_num_queries: Any,
) -> None:
    settings.SOURCES = sources
    book = Book.objects.create(isbn=isbn, state="not_found", reason="Nobody has it.")
    SourceAnswer.objects.create(book=book, source="Open Library", result="none", asked_at=timezone.now())
    assert hint in text(staff.get(f"/books/{isbn}/"))
    assert ("not asked" in text(staff.get(f"/books/{isbn}/"))) is ("which" in hint)
    assert hint[:7] not in text(member.get(f"/books/{isbn}/")).replace(f"{isbn}", "")
    SourceState.objects.create(source="bnf", paused_at=timezone.now())
    with django_assert_max_num_queries(1):
        assert ("BnF" in hint_of(isbn)) is (isbn[:5] == "97910")


def test_an_isbn_of_no_known_group_has_no_hint() -> None:
    assert hint_of("9796999999999") == ""


def test_answers_are_kept_for_a_year() -> None:
    old(3)
    asked("Open Library", 1, 1, days=61)
    asked("Open Library", 1, 1, days=29)
    job = remove_old_answers.delay()
    execute_all()
    job.refresh_from_db()
    assert job.message == "3 old answers deleted."
    assert SourceAnswer.objects.get().source == "New"
    assert SourceDay.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_their_removal_survives() -> None:
    old(3)
    assert assert_survives(remove_old_answers) > 5


# For programs


def test_programs_of_the_staff_do_the_same(program: Any, charlie: Any, k10plus: Sru, library: OpenLibrary) -> None:
    api = program(charlie, as_staff=True)
    k10plus.has(ISBN)
    listed = api.get("/api/sources/").json()
    assert [(each["key"], each["state"]) for each in listed[:3]] == [
        ("openlibrary", "answering"), ("catalogue", "answering"), ("k10plus", "answering"),
    ]  # fmt: skip
    paused = api.patch("/api/sources/k10plus/", {"paused": True}, format="json").json()
    assert (paused["state"], paused["paused"]) == ("paused", True)
    assert api.patch("/api/sources/k10plus/", {"paused": False}, format="json").json()["state"] == "answering"
    assert api.patch("/api/sources/k10plus/", {}, format="json").status_code == 400
    assert api.patch("/api/sources/k10plus/", {"place": 1}, format="json").json()["place"] == 1
    assert [each["key"] for each in api.get("/api/sources/").json()[:2]] == ["k10plus", "openlibrary"]
    for key, place in (("k10plus", 4), ("k10plus", 0), ("dnb", 1), ("k10plus", "x")):
        assert api.patch(f"/api/sources/{key}/", {"place": place}, format="json").status_code == 400
    api.patch("/api/sources/k10plus/", {"place": 3}, format="json")
    assert api.patch("/api/sources/amazon/", {"paused": True}, format="json").status_code == 404
    library.unknown = {ISBN}
    tried = api.post("/api/sources/try/", {"isbn": ISBN}, format="json").json()
    assert tried["taken"]["title"] == "k10plus"
    assert tried["answers"][2]["fields_found"]["authors"] == "Ursula K. Le Guin"
    assert tried["answers"][0]["words"] == "does not have it"
    assert api.post("/api/sources/try/", {"isbn": "12"}, format="json").status_code == 400
    assert api.get(f"/api/sources/k10plus/raw/{ISBN}/").status_code == 404


def test_programs_of_members_find_nothing(program: Any, alice: Any) -> None:
    api = program(alice, as_staff=True)
    assert [api.get(f"/api/sources/{path}").status_code for path in ("", "k10plus/", f"k10plus/raw/{ISBN}/")] == [
        404
    ] * 3
    assert api.post("/api/sources/try/", {"isbn": ISBN}, format="json").status_code == 404
