"""Somebody exports what the list shows, watches the file being written, takes it home and deletes it."""

from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from task.books.exports.models import Export
from task.books.models import Book
from task.books.search import index
from task.jobs.engine.executor import execute
from tests.books.conftest import isbns
from tests.browser.conftest import Visit


def test_from_the_list_to_the_file(visit: Visit, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    titles = ["The Sea", "The Seafarers", "Mountains"]
    for isbn, title in zip(isbns(3), titles, strict=True):
        index([Book.objects.create(isbn=isbn, number=isbn, title=title, state="filled").pk])
    page = visit().open("/books/?q=the+sea")
    page.get_by_role("link", name="Export", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Export 2 books")
    expect(page.get_by_text("“the sea”, as one file.")).to_be_visible()
    page.get_by_label("RIS").check()
    page.get_by_role("button", name="Export books").click()
    made = Export.objects.get()
    page.wait_for_url(f"**/jobs/{made.job_id}/")
    expect(page.get_by_role("status").filter(has_text="The file is being written.")).to_be_visible()
    execute(made.job_id)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download RIS").click()
    assert download.value.suggested_filename == f"books-{made.created:%Y-%m-%d}.ris"
    lines = Path(download.value.path()).read_text().splitlines()
    assert [line[6:] for line in lines if line.startswith("TI")] == titles[:2]
    page.get_by_role("link", name="All exports").click()
    row = page.locator(f"#export-{made.pk}")
    expect(row).to_contain_text("“the sea”, RIS")
    row.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete export").click()
    expect(page.get_by_text("No exports yet.")).to_be_visible()
    assert not Export.objects.exists()
