"""A book that nobody knows becomes a full record by the keyboard alone, and two who edit it meet."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from task.books.models import Author, Book, Location
from task.jobs.testing import execute_all
from tests.browser.conftest import Visitor
from tests.services.covers import picture

Visit = Callable[..., Visitor]
H = "9789180230018"


@pytest.fixture
def unknown(people: dict[str, Any]) -> Book:
    Author.objects.create(name="Le Guin, Ursula K.", key="/authors/OL1A")
    Location.objects.create(room="Main hall", shelf="SF 3")
    missing: Book = Book.objects.create(isbn=H, state="not_found", reason="Nobody has it.", scanned_by=people["staff"])
    return missing


def to(page: Page, name: str) -> None:
    """Tab until the field, the button or the link of this name has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        words = page.evaluate("(document.activeElement.labels?.[0] || document.activeElement).textContent")
        if words.strip().rstrip("*") == name:
            return
    raise AssertionError(f"no Tab leads to {name}")


def test_from_not_found_to_a_full_record_by_the_keyboard_alone(
    visit: Visit, unknown: Book, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    visitor = visit("staff")
    page = visitor.open(f"/books/{H}/")
    keys = page.keyboard
    expect(page.get_by_label("Title")).to_be_focused()
    keys.type("Always Coming Home")
    keys.press("Tab")
    keys.type("le guin, u")
    expect(page.get_by_role("option", name="Le Guin, Ursula K.")).to_be_visible()
    keys.press("ArrowDown")
    keys.press("Enter")
    keys.type("Todd Barton")
    keys.press("Tab")
    expect(page.get_by_role("combobox", name="Authors")).to_be_focused()
    keys.press("Tab")
    while page.evaluate("document.activeElement.textContent") != "Save book":
        keys.press("Tab")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Always Coming Home")
    unknown.refresh_from_db()
    assert (unknown.state, unknown.source, unknown.locked) == ("filled", "by hand", ["authors", "title"])
    assert list(unknown.authors.order_by("bookauthor__position").values_list("key", flat=True)) == [
        "/authors/OL1A", "name:todd barton",
    ]  # fmt: skip

    to(page, "Edit this book")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Edit Always Coming Home")
    to(page, "Change the cover")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cover")
    to(page, "Picture of the cover")
    with page.expect_file_chooser() as chooser:
        keys.press("Enter")
    chooser.value.set_files({"name": "cover.jpg", "mimeType": "image/jpeg", "buffer": picture("mine")})
    to(page, "Save cover")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Always Coming Home")
    execute_all()
    page.reload()
    expect(page.locator(".book-cover img")).to_be_visible()

    to(page, "Edit this book")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Edit Always Coming Home")
    to(page, "Subjects")
    keys.type("Utopias")
    keys.press("Enter")
    keys.type("Winter, mild")
    keys.press("Enter")
    keys.type("Mistake")
    keys.press("Enter")
    keys.press("Backspace")
    keys.press("Backspace")
    to(page, "Year")
    keys.type("1985")
    to(page, "Location")
    keys.type("Main hall · SF 3")
    expect(page.locator("#unsaved")).to_have_text("3 changes not saved: subjects, year, location")
    expect(page.locator("[data-field=publish_date]")).to_contain_text("Changed, will be locked")
    keys.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Always Coming Home")
    unknown.refresh_from_db()
    assert sorted(unknown.subjects.values_list("name", flat=True)) == ["Utopias", "Winter, mild"]
    assert (unknown.publish_date, str(unknown.location)) == ("1985", "Main hall · SF 3")
    assert Location.objects.count() == 1
    assert set(unknown.locked) == {"authors", "publish_date", "subjects", "title"}
    assert unknown.cover.startswith("own/")

    page.get_by_role("button", name="Add a copy").press("Enter")
    expect(page.locator("#book-hold output")).to_have_text("2")
    expect(page.get_by_role("button", name="Add a copy")).to_be_focused()
    page.locator("#history summary").press("Enter")
    page.get_by_role("button", name="Take back").first.press("Enter")
    expect(page.locator(".toasts")).to_contain_text("Taken back: Subjects, Year and Location.")
    unknown.refresh_from_db()
    assert (unknown.publish_date, unknown.location, unknown.copies) == ("", None, 2)
    assert visitor.wrong == []


def test_leaving_with_changes_asks_and_a_lock_is_opened_by_the_keyboard(visit: Visit, unknown: Book) -> None:
    Book.objects.update(state="filled", title="Dune", source="by hand", locked=["title"])
    visitor = visit("staff")
    page = visitor.open(f"/books/{H}/edit/")
    expect(page.locator("#unsaved")).to_have_text("No changes")
    page.get_by_label("Subtitle").focus()
    page.keyboard.type("A novel")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_function("document.querySelector('#unsaved b')")
    assert asked == ["beforeunload"]
    expect(page.get_by_label("Subtitle")).to_have_value("A novel")
    lock = page.get_by_role("checkbox", name="look-ups don’t change it")
    lock.focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("Unlocked: the next look-up may change it")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toasts")).to_contain_text("Book saved: Dune.")
    unknown.refresh_from_db()
    assert (unknown.subtitle, unknown.locked) == ("A novel", ["subtitle"])


@pytest.mark.parametrize("script", [True, False])
def test_the_second_of_two_chooses_field_by_field(visit: Visit, unknown: Book, script: bool) -> None:
    Book.objects.update(state="filled", title="Dune", source="by hand")
    visitor = visit("staff", java_script_enabled=script)
    page = visitor.open(f"/books/{H}/edit/")
    Book.objects.update(title="Dune Messiah")
    page.get_by_label("Title", exact=True).fill("Dune, revised")
    page.get_by_role("button", name="Save book").click()
    frame = page.get_by_role("alert")
    expect(frame).to_contain_text("1 field differs.")
    if script:
        expect(page.get_by_role("heading", name="Somebody saved this book while you were editing")).to_be_focused()
    expect(frame.get_by_role("radio", name="Dune, revised")).to_be_checked()
    frame.get_by_role("radio", name="Dune Messiah").check()
    page.get_by_role("button", name="Save book").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dune Messiah")
    assert visitor.wrong == []


def test_without_script_names_are_one_a_line(visit: Visit, unknown: Book) -> None:
    page = visit("staff", java_script_enabled=False).open(f"/books/{H}/")
    page.get_by_label("Title").fill("Parish, the")
    page.get_by_label("Authors").fill("Wrote, Ada\nBen Oye")
    page.get_by_role("button", name="All fields").click()
    expect(page.get_by_label("Title", exact=True)).to_have_value("Parish, the")
    page.get_by_label("Subjects").fill("Parishes\nRegisters")
    page.get_by_role("button", name="Save book").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Parish, the")
    unknown.refresh_from_db()
    assert [author.name for author in unknown.authors.order_by("bookauthor__position")] == ["Wrote, Ada", "Ben Oye"]
    page.get_by_role("button", name="Add a copy").click()
    unknown.refresh_from_db()
    assert unknown.copies == 2
