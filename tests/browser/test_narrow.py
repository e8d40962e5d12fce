"""A telephone: 360 px wide, and touched."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from task.accounts.names import GIVEN, SURNAMES
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
