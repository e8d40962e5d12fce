"""The filters beside the list of books: what they leave, what they count, and that neither reads the whole table."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from task.books.facets import candidates, listing, stored
from task.books.facets.choices import Chosen
from task.books.facets.stored import count_facets
from task.books.filing import refile
from task.books.holdings import remove
from task.books.locations import location
from task.books.models import Author, Book, BookAuthor, BookSubject, Facet, Subject
from task.books.search import index
from task.jobs.models import Job
from task.jobs.testing import assert_survives, execute_all
from task.kit import walks
from tests.api.conftest import program as program
from tests.books.conftest import isbns

pytestmark = pytest.mark.django_db


def book(number: int, title: str, *authors: str, subjects: tuple[str, ...] = (), **more: Any) -> Book:
    made = Book.objects.create(isbn=isbns(1, number)[0], title=title, **{"state": "filled", **more})
    for place, name in enumerate(authors):
        author, _ = Author.objects.get_or_create(key=name, defaults={"name": name})
        BookAuthor.objects.create(book=made, author=author, position=place)
    for name in subjects:
        BookSubject.objects.create(book=made, subject=Subject.objects.get_or_create(key=name, name=name)[0])
    refile([made.pk])
    index([made.pk])
    made.refresh_from_db()
    return made


@pytest.fixture
def shelf(db: None) -> list[Book]:
    hall, stacks = location("Main hall", "SF 3"), location("Stacks")
    more = location("Main hall", "F 1")
    return [
        book(0, "Dune", "Frank Herbert", subjects=("Fiction", "Deserts"), location=hall, publish_date="1965",
             language="English"),
        book(1, "Emma", "Jane Austen", subjects=("Fiction",), location=more, publish_date="1815", copies=0,
             language="English"),
        book(2, "Momo", "Michael Ende", subjects=("Fiction",), location=stacks, publish_date="1973", language="German"),
        book(3, "Sea", "Jane Austen", source="by hand"),
        book(4, "", state="not_found", copies=1),
    ]  # fmt: skip


def titles(client: Client, **chosen: Any) -> list[str]:
    answer = client.get(f"/books/?{urlencode({'sort': 'title', **chosen}, doseq=True)}")
    assert answer.status_code == 200
    return [row.title for row in answer.context["rows"]]


def counts(client: Client, name: str, **chosen: Any) -> dict[str, int]:
    panel = client.get(f"/books/?{urlencode(chosen, doseq=True)}").context["panel"]
    return next(({row.label: row.count for row in facet.rows} for facet in panel.facets if facet.name == name), {})


def subject(name: str) -> int:
    return int(Subject.objects.get(name=name).pk)


def test_values_of_one_filter_are_or_and_filters_among_each_other_and(member: Client, shelf: list[Book]) -> None:
    fiction = subject("Fiction")
    austen = Author.objects.get(name="Jane Austen").pk
    assert titles(member, available="no") == ["Emma"]
    assert titles(member, available=["no", "yes"]) == ["Dune", "Emma", "Momo", "Sea", ""]
    assert titles(member, room="main hall") == ["Dune", "Emma"]
    assert titles(member, room=["main hall", "none"]) == ["Dune", "Emma", "Sea", ""]
    assert titles(member, room="Main Hall") == ["Dune", "Emma"]
    assert titles(member, subject=fiction, author=austen) == ["Emma"]
    assert titles(member, subject=[fiction, subject("Deserts")], available="yes") == ["Dune", "Momo"]
    assert titles(member, decade=[1960, 1970]) == ["Dune", "Momo"]
    assert titles(member, language="German") == ["Momo"]
    assert titles(member, state="by_hand") == ["Sea"]
    assert titles(member, state="filled", q="em") == ["Emma"]
    assert titles(member, location=shelf[0].location_id) == ["Dune"]
    assert titles(member, subject=fiction, language="English", decade=1810, room="main hall") == ["Emma"]


def test_counts_say_what_the_list_would_have(member: Client, shelf: list[Book]) -> None:
    assert counts(member, "available") == {"Available now": 4, "All copies out": 1}
    assert counts(member, "room") == {"Main hall": 2, "Stacks": 1, "Without a location": 2}
    assert counts(member, "state") == {"Found": 4, "Entered by hand": 1, "Not found": 1}
    assert counts(member, "decade") == {"1970s": 1, "1960s": 1, "1810s": 1}
    chosen = {"room": "main hall", "available": "yes"}
    assert counts(member, "room", **chosen) == {"Main hall": 1, "Stacks": 1, "Without a location": 2}
    assert counts(member, "available", **chosen) == {"Available now": 1, "All copies out": 1}
    assert counts(member, "author", **chosen) == {"Frank Herbert": 1}
    assert counts(member, "subject", q="em") == {"Fiction": 1}
    for facet, label, value in (("room", "Stacks", "stacks"), ("available", "All copies out", "no")):
        both = {**chosen, facet: [chosen[facet], value]}
        assert counts(member, facet, **chosen)[label] == len(titles(member, **both)) - len(titles(member, **chosen))


def test_a_removed_book_is_in_no_count(member: Client, shelf: list[Book], charlie: Any) -> None:
    assert remove(shelf[0], charlie)
    assert counts(member, "subject") == {"Fiction": 2}
    assert counts(member, "language") == {"English": 1, "German": 1}
    assert titles(member, room="main hall") == ["Emma"]
    assert dict(stored.count_all())["room"].rows == [("none", 2), ("main hall", 1), ("stacks", 1)]
    assert dict(stored.count_all())["subject"].rows == [(subject("Fiction"), 2)]


def test_the_language_shows_when_a_fifth_of_the_books_have_one(member: Client, shelf: list[Book]) -> None:
    Book.objects.exclude(title="Dune").update(language="")
    assert counts(member, "language") == {"English": 1}
    book(5, "Another")
    assert counts(member, "language") == {}
    assert counts(member, "language", language="English") == {"English": 1}


@pytest.mark.parametrize(
    "query",
    ["subject=x", "subject=99999999999999999999", "location=99999999999999999999",
     "subject=-1", "decade=x", "decade=1995", "available=maybe", "state=%00",
     "room=%00", "language=" + "x" * 5000, "author=&subject=", "more=x", "filter=1", "room=" + "y&room=" * 50],
)  # fmt: skip
def test_what_is_no_choice_is_left_out(member: Client, shelf: list[Book], query: str) -> None:
    answer = member.get(f"/books/?{query}")
    assert answer.status_code == 200
    if "room=y" not in query:
        assert len(answer.context["rows"]) == 5


def test_chips_lead_to_the_list_without_their_filter(member: Client, shelf: list[Book]) -> None:
    answer = member.get("/books/?available=yes&room=main+hall&room=stacks&q=&after=x&sort=title")
    chips = {row.label: row.removed for row in answer.context["panel"].chips}
    assert chips["Main hall"] == "?available=yes&room=stacks&q=&sort=title"
    assert chips["Available now"] == "?room=main+hall&room=stacks&q=&sort=title"
    assert answer.context["clear_url"] == "?q=&sort=title"
    page = answer.content.decode()
    assert '<b class="tools-count" id="found-count" role="status">2 books</b>' in page
    assert '<input type="hidden" name="sort" value="title">' in page


def test_five_rows_and_then_the_others_on_demand(member: Client, db: None) -> None:
    for number in range(30):
        book(number, f"T {number}", subjects=tuple(f"S {place}" for place in range(number, 30)))
    facet = next(each for each in member.get("/books/").context["panel"].facets if each.name == "subject")
    assert ([row.label for row in facet.rows], facet.rest) == (["S 29", "S 28", "S 27", "S 26", "S 25"], 25)
    assert "25 more" in member.get("/books/").content.decode()
    opened = member.get(f"/books/?more=subject&subject={subject('S 3')}")
    facet = next(each for each in opened.context["panel"].facets if each.name == "subject")
    assert (len(facet.rows), facet.rows[0].label, facet.rest, facet.has_field) == (30, "S 3", 0, True)


def test_a_tick_reloads_the_filters_and_the_list(member: Client, shelf: list[Book]) -> None:
    part = member.get("/books/?available=no", headers={"HX-Request": "true", "HX-Target": "filters"}).content.decode()
    assert "<html" not in part
    assert '<b id="found-count" hx-swap-oob="innerHTML">1 book</b>' in part
    assert "Emma" in part
    assert "Momo" not in part
    back = {"HX-Request": "true", "HX-Target": "filters", "HX-History-Restore-Request": "true"}
    assert "<html" in member.get("/books/?available=no", headers=back).content.decode()
    sheet = member.get("/books/?filter=1&available=no", headers={"HX-Request": "true", "HX-Target": "filters"})
    assert 'class="sheet"' in sheet.content.decode()


# Many books


@pytest.fixture
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page counts 10 books instead of 2,000, and reads 50 of a value."""
    for module in (candidates, listing, stored):
        monkeypatch.setattr(module, "MOST", 10)
    monkeypatch.setattr(candidates, "READ", 50)
    monkeypatch.setattr(walks, "MOST_READ", 40)
    monkeypatch.setattr(walks, "FIRST", 20)
    monkeypatch.setattr(walks, "LARGEST", 20)


@pytest.fixture
def many(few_are_many: None) -> list[Book]:
    """Every third is in the stacks, every fifth in German, number 7 about the sea."""
    stacks = location("Stacks")
    made = [
        Book(isbn=isbn, title=f"T {number:03}", state="filled", publish_date=str(1900 + number), copies=number % 4,
             location=None if number % 3 else stacks, language="" if number % 5 else "German")
        for number, isbn in enumerate(isbns(120))
    ]  # fmt: skip
    books = list(Book.objects.bulk_create(made))
    BookSubject.objects.create(book=books[7], subject=Subject.objects.create(name="Sea", key="s"))
    return books


def all_pages(client: Client, query: str) -> list[str]:
    seen, url = [], f"/books/?{query}"
    for _ in range(100):
        answer = client.get(url)
        seen += [row.title for row in answer.context["rows"]]
        step = answer.context["page"].next_url
        if not step:
            return seen
        url = f"/books/{step}"
    raise AssertionError("It has no end.")


@pytest.mark.parametrize(
    ("query", "fits", "words"),
    [
        ("room=stacks", lambda n: n % 3 == 0, "More than 10 books"),
        ("room=stacks&language=German", lambda n: n % 15 == 0, "8 books"),
        ("available=no&room=none", lambda n: n % 4 == 0 and n % 3, "More than 10 books"),
        ("decade=1950&decade=1960&available=yes", lambda n: 50 <= n < 70 and n % 4, "More than 10 books"),
        ("subject={sea}&state=filled", lambda n: n == 7, "1 book"),
        ("state=filled&available=no&room=stacks&language=German", lambda n: n % 60 == 0, "2 books"),
        ("state=filled&available=yes&room=stacks", lambda n: n % 3 == 0 and n % 4, "More than 10 books"),
    ],
)
def test_all_that_fit_are_listed_once_in_each_order(
    member: Client, many: list[Book], query: str, fits: Any, words: str
) -> None:
    query = query.format(sea=subject("Sea"))
    expected = [f"T {number:03}" for number in range(120) if fits(number)]
    for sort, wanted in (("title", expected), ("newest", expected[::-1]), ("year", expected[::-1])):
        assert all_pages(member, f"{query}&sort={sort}") == wanted, sort
    assert member.get(f"/books/?{query}").context["count_words"].startswith(words)


def test_where_no_value_is_read_to_its_end_the_list_is_whole_and_counts_are_of_what_was_read(
    member: Client, many: list[Book], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "READ", 15)
    query = "room=stacks&language=German"
    answer = member.get(f"/books/?{query}&sort=title")
    assert answer.context["count_words"] == "At least 5 books"
    assert "38+ means at least 38." in answer.content.decode()
    assert all_pages(member, f"{query}&sort=title") == [f"T {number:03}" for number in range(0, 120, 15)]


def test_of_what_the_job_has_counted_as_many_a_part_is_read(
    member: Client, many: list[Book], monkeypatch: pytest.MonkeyPatch
) -> None:
    count_facets.delay()
    execute_all()
    query = "room=stacks&language=German"
    assert member.get(f"/books/?{query}").context["count_words"] == "8 books"
    monkeypatch.setattr(candidates, "READ", 15)
    answer = member.get(f"/books/?{query}&sort=title")
    assert answer.context["count_words"].startswith("At least ")
    assert all_pages(member, f"{query}&sort=title") == [f"T {number:03}" for number in range(0, 120, 15)]
    with CaptureQueriesContext(connection) as queries:
        member.get(f"/books/?{query}")
    assert " LIMIT 12" in " ".join(each["sql"] for each in queries)
    assert " LIMIT 16" not in " ".join(each["sql"] for each in queries)


def test_where_filters_leave_nothing_no_more_is_read_to_say_which(member: Client, many: list[Book]) -> None:
    def books_read(query: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert not member.get(f"/books/?{query}").context["rows"]
        return sum('"books_book"."filing_year" AS' in each["sql"] for each in queries)

    assert books_read("room=stacks&language=German&decade=1820") == 2


def test_pages_lead_back_too(member: Client, many: list[Book]) -> None:
    url, seen = "/books/?room=stacks&sort=title&last=1", []
    for _ in range(20):
        answer = member.get(url)
        seen = [row.title for row in answer.context["rows"]] + seen
        step = answer.context["page"].previous_url
        if not step:
            break
        url = f"/books/{step}"
    assert seen == [f"T {number:03}" for number in range(0, 120, 3)]


def test_the_whole_catalogue_has_the_counts_of_the_job(member: Client, many: list[Book]) -> None:
    assert member.get("/books/").context["count_words"] == "At least 10 books"
    count_facets.delay()
    execute_all()
    answer = member.get("/books/")
    assert answer.context["count_words"] == "120 books"
    assert counts(member, "room") == {"Stacks": 40, "Without a location": 80}
    assert counts(member, "available") == {"Available now": 90, "All copies out": 30}
    assert counts(member, "language") == {"German": 24}
    assert counts(member, "room", room="stacks") == {"Stacks": 40, "Without a location": 80}
    assert "Counted <time" in answer.content.decode()
    with CaptureQueriesContext(connection) as queries:
        member.get("/books/")
    assert not [q["sql"] for q in queries if 'FROM "books_book"' in q["sql"] and "LIMIT" not in q["sql"]]


@pytest.mark.parametrize("query", ["room=stacks", "available=yes&state=filled", "q=t", "language=German&room=none"])
def test_what_a_page_reads_is_bounded(member: Client, many: list[Book], query: str) -> None:
    """Each question about books has a limit, or names the books it is about."""
    with CaptureQueriesContext(connection) as queries:
        member.get(f"/books/?{query}")
    for sql in (each["sql"] for each in queries if "books_book" in each["sql"]):
        assert re.search(r' LIMIT |"(id|book_id)" (IN \(|= ANY\()', sql), sql
        assert "COUNT(" not in sql


@pytest.mark.django_db(transaction=True)
def test_the_count_survives_whatever_line_it_dies_on(shelf: list[Book]) -> None:
    assert assert_survives(count_facets, ignore=("books.facet.counted",)) > 10


def test_a_count_again_replaces_the_one_before(shelf: list[Book]) -> None:
    for _ in range(2):
        count_facets.delay()
        execute_all()
    assert {job.state for job in Job.objects.filter(kind="books.count_facets")} == {"succeeded"}
    assert Facet.objects.get(name="subject").rows == [[subject("Fiction"), 3], [subject("Deserts"), 1]]
    assert Facet.objects.get(name="all").books == 5
    assert candidates.gather(Chosen(), {})[2]


# The page with nothing found


def ways(client: Client, **query: Any) -> Any:
    answer = client.get(f"/books/?{urlencode(query, doseq=True)}")
    assert answer.context["rows"] == []
    page = " ".join(answer.content.decode().split())
    assert 'id="filters"' not in page
    return answer.context["none"], page


def test_nothing_found_says_which_filter_hides_most(member: Client, shelf: list[Book]) -> None:
    none, page = ways(member, q="momo", language="English", available=["yes", "no"])
    assert "No books match “<bdi>momo</bdi>”" in page
    assert none.hidden.url == "?q=momo&available=yes&available=no"
    assert (none.hidden.count, none.hidden.book.title) == ("1 book", "Momo")
    assert "Remove <bdi>the filter “English”</bdi>" in page
    assert titles(member, q="momo", available=["yes", "no"]) == ["Momo"]
    none, page = ways(member, room="main hall", decade=1970)
    assert "No books have all of these" in page
    assert (none.hidden.count, none.hidden.url) == ("2 books", "?room=main+hall")
    none, page = ways(member, q="momo", language="English", decade=1960)
    assert (none.hidden.label, none.hidden.count) == ("all filters", "1 book")


def test_nothing_found_leads_to_fewer_words_to_the_forms_and_elsewhere(
    member: Client, shelf: list[Book], alice: Any
) -> None:
    none, page = ways(member, q="momo zzz")
    assert [(way.words, way.url) for way in none.fewer] == [("“momo”, 1 book", "?q=momo")]
    assert "No book has all 2 words." in page
    assert 'href="/books/new/?title=momo+zzz"' in page
    assert 'name="title" value="momo zzz"' in member.get(none.new_url).content.decode()
    Job.objects.create(kind="books.count_facets", title="Zzz", owner=alice)
    none, page = ways(member, q="zzz")
    assert [way.words for way in none.elsewhere] == ["Jobs, 1"]
    none, page = ways(member, q="<b>x</b> " + "y" * 150)
    assert "<b>x" not in page
    assert none.hidden is None
    assert ways(member, q="a b c d e f g h")[0].fewer == []


def test_nothing_found_shows_nobody_elses(member: Client, shelf: list[Book], bob: Any) -> None:
    Job.objects.create(kind="books.count_facets", title="Zzz", owner=bob)
    assert ways(member, q="zzz")[0].elsewhere == []


# For programs


def test_programs_narrow_and_count_as_the_page_does(program: Any, alice: Any, shelf: list[Book]) -> None:
    api = program(alice)

    def listed(query: str) -> list[str]:
        return [each["title"] for each in api.get(f"/api/books/?{query}").json()["results"]]

    assert listed("sort=title&room=main hall&room=stacks&available=yes") == ["Dune", "Momo"]
    assert listed("sort=author&state=filled") == ["Emma", "Sea", "Momo", "Dune"]
    assert listed("q=em") == ["Emma"]
    assert listed("q=em&sort=best") == ["Emma"]
    assert api.get("/api/books/?sort=best").status_code == 400
    answer = api.get("/api/books/facets/?room=main hall&available=yes").json()
    assert (answer["count"], answer["is_exact"]) == (1, True)
    [rooms] = [facet for facet in answer["facets"] if facet["name"] == "room"]
    assert rooms["values"][0] == {"value": "main hall", "label": "Main hall", "count": 1, "is_chosen": True}
    assert {each["value"]: each["count"] for each in rooms["values"]} == {"main hall": 1, "stacks": 1, "none": 2}
    for fault in ("decade=1995", "available=maybe", "subject=x", "state=odd", "room=", "location=0"):
        for path in ("/api/books/", "/api/books/facets/"):
            assert api.get(f"{path}?{fault}").status_code == 400, fault


def test_programs_page_through_many(program: Any, alice: Any, many: list[Book]) -> None:
    api, seen = program(alice), []
    url = "/api/books/?room=stacks&sort=title"
    while url:
        page = api.get(url).json()
        seen += [each["title"] for each in page["results"]]
        url = page["next"]
    assert seen == [f"T {number:03}" for number in range(0, 120, 3)]
    answer = api.get("/api/books/facets/?room=stacks").json()
    assert (answer["count"], answer["is_exact"]) == (10, False)
