"""A telephone: 360 px wide, and touched."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from task.accounts.names import GIVEN, SURNAMES
from task.books.carts.models import Cart
from tests.books.test_carts import scanned
from tests.browser import filling, pages
from tests.browser.conftest import Visit

# The cells of the users table of which a label, or one piece of the text, stands on more than one line.
BROKEN = """() => [...document.querySelectorAll(".desk-table td[data-label]")].flatMap((cell) => {
  const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  let broken = false;
  while (texts.nextNode()) {
    range.selectNodeContents(texts.currentNode);
    broken ||= [...range.getClientRects()].filter((box) => box.width).length > 1;
  }
  const label = Number.parseFloat(getComputedStyle(cell, "::before").height);
  return broken || label > 24 ? [`${cell.dataset.label} ${cell.textContent.trim()}`] : [];
})"""


def test_labels_and_addresses_stand_whole(visit: Visit, people: dict[str, Any]) -> None:
    longest = ".".join(max(names, key=len).lower() for names in (GIVEN, SURNAMES)) + ".120000"
    for name in (longest, "maria.lopez.14k2f"):
        get_user_model().objects.create(username=name, email=f"{name}@example.com", is_random=True)
    page = visit("staff", viewport={"width": 360, "height": 800}, has_touch=True, is_mobile=True).open("/users/")
    assert page.locator(".desk-table td[data-label]").count() >= 6
    assert page.evaluate(BROKEN) == []


def test_keys_are_named_where_there_are_some(visit: Visit) -> None:
    page = visit(viewport={"width": 360, "height": 800}, has_touch=True, is_mobile=True).open("/")
    assert page.locator(".foot-keys kbd:visible").count() == 0
    assert visit(viewport={"width": 360, "height": 800}).open("/").locator(".foot-keys kbd:visible").count() == 4


# What stands between a state and the right edge of its row.
AWAY = """() => [...document.querySelectorAll(".desk-table tr, .row-head")].flatMap((row) => {
  const state = row.querySelector(":scope > td > .state, :scope > .state");
  if (!state) return [];
  const away = row.getBoundingClientRect().right - state.getBoundingClientRect().right;
  return Math.abs(away) > 1 ? [`${state.textContent} ${away}`] : [];
})"""


def test_states_stand_at_the_right_edge_of_all_lists(visit: Visit, people: dict[str, Any]) -> None:
    tables = {entry.path for entry in pages.filled(people["member"], people["staff"]) if entry.status == 200}
    lists = [path for path in sorted(tables) if "?" not in path and path.count("/") == 2]
    visitor = visit("staff", viewport={"width": 360, "height": 800})
    states = 0
    for path in [*lists, "/books/?look=table"]:
        page = visitor.open(path)
        assert page.evaluate(AWAY) == [], path
        states += page.locator(".desk-table .state").count()
    assert states > 20


@pytest.mark.parametrize("path", ["/jobs/?state=cancelled", "/playground/?canvas=progress", "/jobs/"])
def test_the_open_tab_is_seen(visit: Visit, path: str) -> None:
    page = visit("staff", viewport={"width": 360, "height": 800}).open(path)
    tab = page.locator(".tabs-desk [aria-current]").bounding_box()
    assert tab
    assert tab["x"] >= 0
    assert tab["x"] + tab["width"] <= 360


def test_the_sheet_of_the_sorts_stays_within_the_window(visit: Visit, people: dict[str, Any]) -> None:
    filling.jobs(people["member"])
    page = visit("staff", viewport={"width": 360, "height": 800}).open("/jobs/")
    page.locator("main summary", has_text="Newest first").click()
    box = page.locator("main details[open] .fold-sheet").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360


# Buttons of rows whose words stand on two lines, and figures that stand alone in the last of several lines.
CROWDED = """() => {
  const lines = (button) => {
    const range = document.createRange();
    range.selectNodeContents(button);
    const boxes = [...range.getClientRects()].filter((box) => box.width > 2 && box.height > 10);
    return Math.max(...boxes.map((box) => box.bottom)) - Math.min(...boxes.map((box) => box.top));
  };
  const rows = ":is(.do, .card-do, .needs-do, .last-side) .btn";
  const broken = [...document.querySelectorAll(rows)].filter((each) => each.checkVisibility() && lines(each) > 30);
  const tops = [...document.querySelectorAll("#scan-figures > div")].map((each) => each.getBoundingClientRect().top);
  const alone = tops.length > 1 && tops.filter((top) => top === tops.at(-1)).length === 1;
  return [...broken.map((each) => each.textContent.trim()), ...(alone ? ["a figure alone"] : [])];
}"""


@pytest.mark.parametrize("refused", [1, 0])
def test_nothing_is_crowded_where_books_are_scanned(visit: Visit, people: dict[str, Any], refused: int) -> None:
    member = people["member"]
    filling.books(member)
    scanned(member, "9780375704024", "9780441478125", "9789180230018", *["978045152493"] * refused)
    visitor = visit(viewport={"width": 360, "height": 800}, has_touch=True, is_mobile=True)
    for path in ("/books/scan/", "/", Cart.objects.get().get_absolute_url()):
        page = visitor.open(path)
        assert page.locator(":is(.do, .card-do, .needs-do, .last-side) .btn:visible").count() > 1, path
        assert page.evaluate(CROWDED) == [], path
    assert visitor.wrong == []
