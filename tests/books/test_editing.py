"""A book that is there, edited: what is written stays, and nobody overwrites what somebody else wrote."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from task.books.changes import write
from task.books.fill import Portion
from task.books.models import Author, Book, BookChange, BookSubject, FormerNumber, Location
from task.books.record import OF_SOURCES, values_of
from task.books.sources import Edition, Name
from task.orders.search import find_book
from tests.books.conftest import isbns
from tests.books.test_carts import H, O

pytestmark = pytest.mark.django_db


def given(**fields: Any) -> Edition:
    """What Open Library says of a book."""
    return Edition(
        **{
            "title": "The Left Hand of Darkness", "authors": [Name("/authors/OL1A", "Ursula K. Le Guin")],
            "subjects": [Name("s:winter", "Winter"), Name("s:fiction", "Fiction")], "pages": 304,
            "publish_date": "1969", "publishers": ["Ace Books"], "source": "Open Library", **fields,
        }
    )  # fmt: skip


def found(edition: Edition, isbn: str = H, **fields: Any) -> Book:
    """A book as a look-up leaves it."""
    book = Book.objects.create(isbn=isbn, copies=2, **fields)
    portion = Portion()
    portion.add(book, edition)
    portion.write()
    book.refresh_from_db()
    return book


@pytest.fixture
def staff(client_of: Callable[[Any], Client], charlie: Any) -> Client:
    return client_of(charlie)


@pytest.fixture
def bob(bob: Any) -> Any:
    """Staff, too."""
    bob.is_staff = True
    bob.save()
    return bob


@pytest.fixture
def book(db: None) -> Book:
    return found(given())


def fields_of(page: Any) -> dict[str, Any]:
    """What a browser would send of the form on this page."""
    form = page.context["form"]
    values = {name: form[name].value() or "" for name in form.fields}
    return values | {"locked": [name for name, mark in page.context["marks"].items() if mark == "locked"]}


def open_form(client: Client, book: Book) -> dict[str, Any]:
    page = client.get(f"/books/{book.number}/edit/")
    assert page.status_code == 200
    return fields_of(page)


def edit(client: Client, book: Book, **typed: Any) -> Any:
    return client.post(f"/books/{book.number}/edit/", open_form(client, book) | typed)


def test_it_is_the_staffs_and_where_a_setting_says_so_of_who_brought_it(
    client_of: Callable[[Any], Client], settings: Any, alice: Any, bob: Any
) -> None:
    bob.is_staff = False
    bob.save()
    book = found(given(), scanned_by=alice)
    address = f"/books/{H}/edit/"
    assert client_of(alice).get(address).status_code == 404
    assert Client().get(address).url.startswith("/accounts/login/")
    settings.MEMBERS_EDIT_OWN_BOOKS = True
    assert client_of(bob).get(address).status_code == 404
    assert client_of(bob).post(address, {"title": "Mine"}).status_code == 404
    form = open_form(client_of(alice), book)
    assert not {"isbn", "location", "copies"} & form.keys()
    answer = client_of(alice).post(
        address, form | {"title": "Left Hand", "location": "Store", "copies": "9", "isbn": O}
    )
    assert answer.url == f"/books/{H}/"
    book.refresh_from_db()
    assert (book.title, book.copies, book.location, book.isbn) == ("Left Hand", 2, None, H)


def test_only_what_was_typed_is_changed_locked_and_told(staff: Client, charlie: Any, book: Book) -> None:
    answer = edit(staff, book, subtitle="A novel", subjects="Winter\nAndrogyny", language="pt", copies="3")
    assert answer.url == f"/books/{H}/"
    book.refresh_from_db()
    assert (book.subtitle, book.language, book.copies, book.title_key) == (
        "A novel", "Portuguese", 3, "the left hand of darkness",
    )  # fmt: skip
    assert set(book.locked) == {"subtitle", "subjects", "language"}
    assert sorted(book.subjects.values_list("name", flat=True)) == ["Androgyny", "Winter"]
    assert BookSubject.objects.get(subject__name="Winter").source == "Open Library", "nobody touched it"
    change = BookChange.objects.filter(book=book).latest("id")
    assert (change.by, change.source, set(change.fields)) == (charlie, "", {"subtitle", "subjects", "language"})
    edit(staff, book)
    assert BookChange.objects.filter(book=book).count() == 2, "nothing was typed"


WRITTEN = {
    "title": "Mine", "subtitle": "Mine", "publish_date": "1970", "language": "Latin", "series": "Mine",
    "series_number": "1", "edition_note": "Mine", "note": "Mine", "pages": 7, "publishers": ["Mine"],
    "authors": [("name:mine", "Mine")], "people": [("name:mine", "Mine")], "subjects": [("name:mine", "Mine")],
}  # fmt: skip
THEIRS = {
    "title": "Theirs", "subtitle": "Theirs", "publish_date": "1999", "language": "Greek", "series": "Theirs",
    "series_number": "9", "edition_note": "Theirs", "note": "Theirs", "pages": 9, "publishers": ["Theirs"],
    "authors": [Name("a9", "Theirs")], "people": [Name("p9", "Theirs")], "subjects": [Name("s9", "Theirs")],
}  # fmt: skip


def test_each_field_is_written_in_these_tests() -> None:
    assert set(WRITTEN) == set(THEIRS) == set(OF_SOURCES)


@pytest.mark.parametrize("field", OF_SOURCES)
@pytest.mark.parametrize("as_new", [True, False])
def test_no_look_up_changes_what_a_person_wrote(charlie: Any, field: str, as_new: bool) -> None:
    from task.books.refresh import write as answer
    from tests.workbench.tasks import do_nothing

    book = found(given(people=[Name("p1", "Genly Ai")]))
    write(book, {field: WRITTEN[field]}, charlie)
    if as_new:  # it waits again, as a scan leaves one that was removed before it was found
        Book.objects.update(state=Book.State.WAITING)
        portion = Portion()
        portion.add(book, Edition(**THEIRS, source="Open Library"))
        portion.write()
    else:
        job = do_nothing.apply_async(owner=charlie)
        Book.objects.update(refresh_job=job, refresh_requested=book.created)
        assert answer(job.pk, Edition(**THEIRS, source="Open Library"))
    book.refresh_from_db()
    values = values_of(book)
    assert values[field] == WRITTEN[field]
    for other in set(OF_SOURCES) - {field}:
        if isinstance(THEIRS[other], list) and other != "publishers":
            assert THEIRS[other][0].name in [name for _, name in values[other]]
        else:
            assert values[other] == THEIRS[other]


@pytest.mark.parametrize("field", OF_SOURCES)
def test_an_unlocked_field_is_the_sources_again(staff: Client, charlie: Any, field: str) -> None:
    from task.books.refresh import write as answer
    from tests.workbench.tasks import do_nothing

    book = found(given())
    write(book, {field: WRITTEN[field]}, charlie)
    assert edit(staff, book, locked=[]).url
    book.refresh_from_db()
    assert book.locked == []
    assert values_of(book)[field] == WRITTEN[field]
    job = do_nothing.apply_async(owner=charlie)
    Book.objects.update(refresh_job=job, refresh_requested=book.created)
    answer(job.pk, Edition(**THEIRS, source="Open Library"))
    book.refresh_from_db()
    value = values_of(book)[field]
    assert value == (
        [(THEIRS[field][0].key, "Theirs")] if field in ("authors", "people", "subjects") else THEIRS[field]
    )
    assert book.origin_of(field) == "Open Library"


def test_what_a_person_empties_stays_empty(staff: Client, book: Book) -> None:
    edit(staff, book, subjects="", pages="")
    book.refresh_from_db()
    assert (book.pages, book.subjects.count(), set(book.locked)) == (None, 0, {"pages", "subjects"})


def test_two_people_of_one_name_stay_who_they_are(staff: Client, book: Book) -> None:
    Author.objects.create(name="Ursula K. Le Guin", key="/authors/OLD")
    edit(staff, book, authors="Ursula K. Le Guin\nBen Oye")
    assert list(book.authors.order_by("bookauthor__position").values_list("key", flat=True)) == [
        "/authors/OL1A", "name:ben oye",
    ]  # fmt: skip


def test_a_book_without_an_isbn_gets_one_and_its_old_address_leads_to_it(staff: Client, member: Client) -> None:
    book = Book.objects.create(number="L000007", title="Parish", state="filled", source="by hand")
    assert edit(staff, book, isbn="0-345-41891-3").url == f"/books/{H}/"
    assert member.get("/books/L000007/").url == f"/books/{H}/"
    assert member.get("/books/l7/").url == "/books/L000007/"
    assert find_book("L000007") == book
    book.refresh_from_db()
    edit(staff, book, isbn="")
    book.refresh_from_db()
    assert (book.isbn, book.number) == (None, "L000007")
    assert list(FormerNumber.objects.values_list("number", flat=True)) == [H]


def test_the_isbn_of_another_book_is_refused_with_that_book(staff: Client, book: Book) -> None:
    Book.objects.create(isbn=O, title="<b>1984</b>", state="filled")
    page = edit(staff, book, isbn=O, title="Kept").content.decode()
    assert f'Another book has this ISBN: <a href="/books/{O}/">' in page.replace("'", '"')
    assert "&lt;b&gt;1984&lt;/b&gt;" in page
    assert 'value="Kept"' in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "", "Enter the title."),
        ("title", "x" * 100_000, "This is too long: at most 1,000 characters."),
        ("note", "x" * 100_000, "This is too long: at most 2,000 characters."),
        ("authors", "\n".join(f"Author {n}" for n in range(500)), "Enter at most 200 names, one a line."),
        ("subjects", "x" * 100_000, "This is too long: at most 60,200 characters."),
        ("publish_date", "99999", "A year has four digits."),
        ("pages", "many", "Enter a whole number, 1 to 100,000."),
        ("copies", "-1", "Enter a whole number, 0 to 1,000,000."),
        ("copies", "", "Enter a whole number, 0 to 1,000,000."),
        ("title", "\0", "Null characters are not allowed."),
        ("isbn", "9780345418914", "its check digit should be 3"),
        ("base", "x", "This form is too old to be compared with the book."),
    ],
)
def test_what_can_not_be_is_told_beside_its_field(
    staff: Client, book: Book, field: str, value: str, sentence: str
) -> None:
    answer = edit(staff, book, **{"subtitle": "Typed", field: value})
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert "Typed" in answer.content.decode()
    assert BookChange.objects.count() == 1


def test_what_a_source_gave_need_not_pass_for_what_a_person_may_write(staff: Client) -> None:
    book = found(given(publish_date="19690"))
    assert edit(staff, book, subtitle="A novel").status_code == 302
    book.refresh_from_db()
    assert (book.publish_date, book.locked) == ("19690", ["subtitle"])


def test_copies_that_were_ordered_do_not_go(staff: Client, book: Book) -> None:
    Book.objects.update(copies=1, ordered=1)
    page = edit(staff, book, copies="0", title="Kept").content.decode()
    assert "Only 1 copy is available: the others are ordered." in page
    book.refresh_from_db()
    assert (book.title, book.copies) == ("The Left Hand of Darkness", 1)


def test_what_is_not_sent_stays_as_it_is(staff: Client, charlie: Any, book: Book) -> None:
    write(book, {"subtitle": "A novel"}, charlie)
    assert staff.post(f"/books/{H}/edit/", {"title": "Mine", "subjects": "Winter"}).status_code == 302
    assert staff.post(f"/books/{H}/edit/", {"location": "Store"}).status_code == 302
    book.refresh_from_db()
    assert (book.title, book.subtitle, book.pages, book.copies, str(book.location)) == (
        "Mine", "A novel", 304, 2, "Store",
    )  # fmt: skip
    assert set(book.locked) == {"title", "subtitle", "subjects"}
    assert staff.post(f"/books/{H}/edit/", {"title": ""}).status_code == 200


# Two at once


def test_the_second_sees_what_the_first_changed(
    staff: Client, client_of: Callable[[Any], Client], bob: Any, book: Book
) -> None:
    second = open_form(staff, book)
    edit(client_of(bob), book, location="Stacks · 813", subjects="Winter\nFiction\nAndrogyny", pages="305")
    typed = second | {"location": "Main hall · SF 3", "subjects": "Fiction", "subtitle": "A novel"}
    page = staff.post(f"/books/{H}/edit/", typed)
    assert page.status_code == 200
    conflict = page.context["conflict"]
    assert [(each.name, each.theirs, each.yours) for each in conflict.fields] == [
        ("subjects", "added Androgyny", "removed Winter"), ("location", "Stacks · 813", "Main hall · SF 3"),
    ]  # fmt: skip
    words = page.content.decode()
    assert "bob saved this book while you were editing" in words
    assert "bob also changed Pages to <bdi>305</bdi>" in words
    book.refresh_from_db()
    assert (str(book.location), book.subtitle) == ("Stacks · 813", ""), "nothing of the second is saved yet"
    again = fields_of(page)
    assert (again["subtitle"], again["location"], again["pages"]) == ("A novel", "Main hall · SF 3", "305")
    choices = {"choose_subjects": "both", "choose_location": "yours"}
    assert staff.post(f"/books/{H}/edit/", again | choices).status_code == 302
    book.refresh_from_db()
    assert (str(book.location), book.subtitle, book.pages) == ("Main hall · SF 3", "A novel", 305)
    assert sorted(book.subjects.values_list("name", flat=True)) == ["Androgyny", "Fiction"]


def test_theirs_can_be_chosen_and_a_third_starts_again(
    staff: Client, client_of: Callable[[Any], Client], bob: Any, book: Book
) -> None:
    second = open_form(staff, book)
    edit(client_of(bob), book, title="Ben's")
    again = fields_of(staff.post(f"/books/{H}/edit/", second | {"title": "Mine"}))
    edit(client_of(bob), book, title="Ben's second")
    page = staff.post(f"/books/{H}/edit/", again | {"choose_title": "yours"})
    assert [each.theirs for each in page.context["conflict"].fields] == ["Ben's second"]
    staff.post(f"/books/{H}/edit/", fields_of(page) | {"choose_title": "theirs"})
    book.refresh_from_db()
    assert book.title == "Ben's second"


def test_who_changes_other_fields_meets_no_conflict(
    staff: Client, client_of: Callable[[Any], Client], bob: Any, book: Book
) -> None:
    second = open_form(staff, book)
    edit(client_of(bob), book, title="Ben's")
    assert staff.post(f"/books/{H}/edit/", second | {"subtitle": "Mine", "title": second["title"]}).status_code == 302
    book.refresh_from_db()
    assert (book.title, book.subtitle) == ("Ben's", "Mine")


def test_a_not_found_one_is_found_once_it_is_saved(staff: Client) -> None:
    book = Book.objects.create(isbn=isbns(1)[0], state="not_found", reason="Nobody has it.")
    assert edit(staff, book, title="The Parish Register", location="Store").status_code == 302
    book.refresh_from_db()
    assert (book.state, book.source, book.reason, book.locked) == ("filled", "by hand", "", ["title"])
    assert book.location == Location.objects.get(room="Store")


def test_names_are_suggested_with_their_books(member: Client, book: Book) -> None:
    assert member.get("/books/suggest/author/?q=gu").json() == {
        "names": [{"name": "Ursula K. Le Guin", "books": "1 book"}]
    }
    assert member.get("/books/suggest/subject/?q=WIN").json()["names"][0]["name"] == "Winter"
    assert member.get("/books/suggest/author/?q=").json() == {"names": []}
    assert member.get("/books/suggest/book/?q=x").status_code == 404
    assert member.get("/books/suggest/author/", {"q": "\0" * 5000}).status_code == 200
    assert Client().get("/books/suggest/author/?q=le").status_code == 302


# History


def lines(client: Client) -> list[tuple[str, str, bool]]:
    page = client.get(f"/books/{H}/")
    return [(line.who, line.words, line.change is not None) for line in page.context["history"].lines]


def undo_change(client: Client, place: int = 0, isbn: str = H) -> Any:
    """What stands there on the page, newest first."""
    change = BookChange.objects.order_by("-id")[place]
    return client.post(f"/books/{isbn}/history/{change.pk}/take-back/")


def test_the_page_says_who_changed_what(staff: Client, member: Client, book: Book) -> None:
    edit(staff, book, subtitle="A novel", pages="305")
    edit(staff, book, location="Store", copies="3")
    assert lines(staff)[:4] == [
        ("charlie", "+1 copy, changed by hand", False),
        ("charlie", "changed location", True),
        ("charlie", "changed subtitle and pages", True),
        ("Open Library", "gave title, authors, subjects, publishers and 2 more", False),
    ]
    for_members = lines(member)
    assert ("", "Subtitle and pages changed by hand", False) in for_members
    assert "charlie" not in member.get(f"/books/{H}/").content.decode()
    page = staff.get(f"/books/{H}/").content.decode()
    assert "Pages: 304 → 305" in page


def test_a_change_is_taken_back_with_its_lock_and_that_can_be_taken_back(staff: Client, book: Book) -> None:
    edit(staff, book, pages="305", subjects="Winter\nAndrogyny", authors="")
    assert undo_change(staff).url == f"/books/{H}/"
    book.refresh_from_db()
    assert (book.pages, book.locked, book.given) == (304, [], {})
    assert sorted(book.subjects.values_list("name", flat=True)) == ["Fiction", "Winter"]
    assert {link.source for link in BookSubject.objects.all()} == {"Open Library"}
    assert list(book.authors.values_list("key", flat=True)) == ["/authors/OL1A"]
    assert lines(staff)[0] == ("charlie", "took back authors, subjects and pages", True)
    undo_change(staff)
    book.refresh_from_db()
    assert (book.pages, set(book.locked)) == (305, {"pages", "subjects", "authors"})


def test_what_was_changed_again_stays(staff: Client, book: Book) -> None:
    edit(staff, book, pages="305", subtitle="A novel")
    edit(staff, book, pages="306")
    undo_change(staff, 1)
    book.refresh_from_db()
    assert (book.pages, book.subtitle) == (306, "")
    page = staff.post(f"/books/{H}/history/{BookChange.objects.order_by('id')[1].pk}/take-back/", follow=True)
    assert "was changed again since" in page.content.decode()


def test_an_unlocking_is_taken_back_and_again(staff: Client, book: Book) -> None:
    edit(staff, book, pages="305")
    edit(staff, book, locked=[])
    assert lines(staff)[0] == ("charlie", "unlocked pages", True)
    for locked in (["pages"], [], ["pages"]):
        undo_change(staff)
        book.refresh_from_db()
        assert book.locked == locked


def test_what_a_source_gave_is_taken_back_and_stays_away(staff: Client, charlie: Any, book: Book) -> None:
    from task.books.refresh import write as answer
    from tests.workbench.tasks import do_nothing

    job = do_nothing.apply_async(owner=charlie)
    for _ in range(2):
        Book.objects.update(refresh_job=job, refresh_requested=book.created)
        answer(job.pk, given(language="Greek"))
        book.refresh_from_db()
        if not book.locked:
            assert lines(staff)[0] == ("Open Library", "changed language", True)
            undo_change(staff)
    assert (book.language, book.locked, book.pages) == ("", ["language"], 304)


def test_the_first_title_is_not_taken_back(staff: Client, book: Book) -> None:
    undo_change(staff)
    page = staff.get(f"/books/{H}/").content.decode()
    assert "A book needs a title" in page
    assert Book.objects.get().title == "The Left Hand of Darkness"


def test_strangers_take_nothing_back(
    client_of: Callable[[Any], Client], settings: Any, alice: Any, charlie: Any
) -> None:
    book = found(given(), scanned_by=alice)
    write(book, {"pages": 305}, charlie)
    member = client_of(alice)
    assert undo_change(member).status_code == 404
    assert Client().post(f"/books/{H}/history/1/take-back/").url.startswith("/accounts/login/")
    settings.MEMBERS_EDIT_OWN_BOOKS = True
    other = found(given(), isbn=O)
    assert undo_change(member).status_code == 404, "the change of another book"
    write(Book.objects.get(pk=book.pk), {"location": ["Store"]}, charlie)
    undo_change(member)
    assert str(Book.objects.get(pk=book.pk).location) == "Store", "the staff's"
    assert undo_change(member, 2).status_code == 302
    assert Book.objects.get(pk=book.pk).pages == 304
    assert other.pages == 304


def test_a_change_is_one_row_and_long_values_are_kept_once(staff: Client, book: Book) -> None:
    names = "\n".join(f"{n} " + "x" * 290 for n in range(200))
    edit(staff, book, subjects=names, note="y" * 2000)
    (change,) = BookChange.objects.filter(book=book).exclude(by=None)
    assert len(str(change.fields)) < 10_000
    edit(staff, book, subjects="", note="")
    undo_change(staff)
    book.refresh_from_db()
    assert (book.subjects.count(), len(book.note)) == (200, 2000)
    assert staff.get(f"/books/{H}/").status_code == 200


def test_the_page_and_its_history_cost_the_same_however_much_there_is(
    staff: Client, charlie: Any, book: Book, django_assert_max_num_queries: Any
) -> None:
    for number in range(230):
        write(Book.objects.get(), {"pages": 1000 + number}, charlie)
    with django_assert_max_num_queries(30):
        page = staff.get(f"/books/{H}/")
    assert len(page.context["history"].lines) == 20
    assert len(staff.get(f"/books/{H}/?history=all").context["history"].lines) == 200
