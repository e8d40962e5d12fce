"""A member sends a table, says which column holds what, and adds its books."""

from typing import Any

from playwright.sync_api import expect

from task.books.files.models import Upload
from task.books.models import Book
from task.jobs.testing import execute_all
from tests.browser.conftest import Visit
from tests.browser.test_carts import picture

TABLE = "Nummer,Was,Wer\n1,Dune,Frank Herbert\n2,Emma,Jane Austen\n3,The Parish Register,Edith Marchbanks\n"
GOOD = (
    "ISBN,Other,Title,Author\n9780345418913,,The Guide,Douglas Adams\n978034541891,,Cut short,Ada Wrote\n"
    ",9780451524935,The Parish Register,Edith Marchbanks\n"
)


def test_a_table_is_looked_at_corrected_and_added(visit: Visit, people: dict[str, Any]) -> None:
    visitor = visit()
    page = visitor.open("/books/scan/")
    page.locator("summary", has_text="A file").click()
    page.get_by_label("File of books").set_input_files({"name": "a.pdf", "mimeType": "text/csv", "buffer": b"%PDF-1.7"})
    page.get_by_role("button", name="Send file").click()
    expect(page.locator(".invalid-feedback")).to_contain_text("a.pdf is a PDF.")
    file = {"name": "books.csv", "mimeType": "text/csv", "buffer": GOOD.encode()}
    page.get_by_label("File of books").set_input_files(file)
    page.get_by_role("button", name="Send file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("books.csv")
    expect(page.locator("#file-why")).to_have_text("Its rows are being read.")
    execute_all()
    add = page.locator("#file-go button")
    expect(add).to_be_enabled()
    expect(add).to_have_text("Add 2 books", use_inner_text=True)
    page.get_by_label("Enter the books without an ISBN by hand").uncheck()
    expect(add).to_have_text("Add 1 book", use_inner_text=True)
    picture(page, "file")
    page.get_by_label("Second number").select_option("Other")
    expect(page.locator("#file-why")).to_have_text("Its rows are being read.")
    execute_all()
    expect(add).to_have_text("Add 2 books", use_inner_text=True)
    expect(page.get_by_label("Second number")).to_have_value("1")
    expect(page.get_by_label("Enter the books without an ISBN by hand")).not_to_be_checked()
    mend = page.get_by_label("ISBN of row 3, Cut short")
    mend.fill("12")
    mend.press("Enter")
    expect(page.locator("#why-2")).not_to_contain_text("digit is missing")
    picture(page, "file-mend")
    mend.fill("9780441172719")
    page.get_by_role("button", name="Correct row 3").click()
    expect(add).to_have_text("Add 3 books", use_inner_text=True)
    expect(mend).to_have_count(0)
    add.click()
    expect(page.locator(".sum-total")).to_contain_text("rows in the file")
    execute_all()
    expect(page.locator(".sum")).not_to_contain_text("To come.")
    picture(page, "file-result")
    assert Upload.objects.get().handled == 3
    assert Book.objects.count() == 3
    page = visitor.open("/books/files/")
    page.get_by_label("File of books").set_input_files(
        {"name": "b.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
    )
    page.get_by_role("button", name="Send file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("b.csv")
    assert page.evaluate("JSON.parse(localStorage.getItem('desk-visited')).pages[0].words") == "File b.csv"
    execute_all()
    expect(page.locator("#isbn-question")).to_have_text("Which column holds the ISBNs?")
    expect(page.locator("#file-why")).to_have_text("Choose the column of ISBNs first.")
    expect(page.locator("#file-go button")).to_be_disabled()
    picture(page, "file-asks")
    page.set_viewport_size({"width": 360, "height": 800})
    picture(page, "file-asks-360")
    assert visitor.wrong == []


def test_a_table_that_is_pasted_opens_as_a_file(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/books/scan/")
    box = page.get_by_label("Scan, type or paste ISBNs")
    box.fill("Title\tISBN\nDune\t9780441172719\nEmma\t9780345418913")  # with an end of line it would go by itself
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pasted table.csv")
    execute_all()
    expect(page.locator("#file-go button")).to_have_text("Add 2 books", use_inner_text=True)
    page = visitor.open("/books/files/")
    expect(page.get_by_role("link", name="Pasted table.csv")).to_be_visible()
    assert visitor.wrong == []
