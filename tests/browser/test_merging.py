"""Staff find two names that are one, merge them, rename the one that remains, and take the merge back."""

import re

from playwright.sync_api import expect

from task.books.merging.models import NameChange
from task.books.models import Author
from task.jobs.testing import execute_all
from tests.books.famous import put
from tests.browser.conftest import Visit


def test_from_possible_duplicates_to_one_name_and_back(visit: Visit) -> None:
    put("The Hobbit", "Tolkien, J. R. R.")
    put("The Silmarillion", "Tolkien, J. R. R.; J.R.R. Tolkien")
    put("Emma", "Jane Austen")
    page = visit("staff").open("/authors/")
    page.get_by_role("link", name="Possible duplicates").click()
    pair = page.locator(".pair")
    expect(pair).to_have_count(1)
    pair.get_by_role("link", name="Merge into this one").nth(1).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Merge “Tolkien, J. R. R.” into “J.R.R. Tolkien”?")
    expect(page.get_by_text("2 books of “Tolkien, J. R. R.” move to “J.R.R. Tolkien”.")).to_be_visible()
    page.get_by_role("button", name="Merge names").click()
    page.wait_for_url("**/jobs/*/")
    execute_all()
    page.reload()
    page.get_by_role("main").get_by_role("link", name="J.R.R. Tolkien").click()
    expect(page.get_by_text("Also written Tolkien, J. R. R.")).to_be_visible()
    expect(page.locator(".band-words")).to_contain_text("2 books by this author")
    page.get_by_role("link", name="Rename").click()
    page.get_by_role("textbox", name="Name").fill("John Ronald Reuel Tolkien")
    page.get_by_role("button", name="Rename author").click()
    page.wait_for_url("**/jobs/*/")
    execute_all()
    page.reload()
    page.get_by_role("main").get_by_role("link", name="John Ronald Reuel Tolkien", exact=True).click()
    page.locator("#history summary").click()
    page.get_by_role("button", name="Undo the merge of “Tolkien, J. R. R.”").click()
    page.wait_for_url("**/jobs/*/")
    execute_all()
    assert NameChange.objects.get(kind="merged").undone
    assert sorted(Author.objects.remaining().values_list("name", flat=True)) == [
        "Jane Austen", "John Ronald Reuel Tolkien", "Tolkien, J. R. R.",
    ]  # fmt: skip


def test_the_other_name_is_found_while_one_types(visit: Visit) -> None:
    put("Emma", "Jane Austen")
    put("Persuasion", "Austin, J.")
    page = visit("staff").open(f"/authors/{Author.objects.get(name='Austin, J.').pk}/merge/")
    page.get_by_role("searchbox", name="Name", exact=True).press_sequentially("jane")
    page.get_by_role("link", name="Jane Austen").click()
    page.wait_for_url(re.compile(r"\?into=\d+$"))
    page.get_by_role("link", name="Merge the other way round").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Merge “Jane Austen” into “Austin, J.”?")
