"""Every page, wide and narrow, light and dark: whole, within the window, readable for everybody, and all from here.

With SCREENSHOTS set to a folder, each is kept there as a picture (`make screenshots`).
"""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser import pages
from tests.browser.conftest import Visit, Visitor
from tests.browser.markup import faults_of

SCREENSHOTS = os.environ.get("SCREENSHOTS", "")
ONLY = re.compile(os.environ.get("SCREENSHOTS_ONLY", ""))
LOOKS = [(1280, "light"), (360, "dark"), (1280, "dark"), (360, "light")]
AXE = Path(__file__).parent / "vendor/axe-core/axe.min.js"

# What sticks out to the right of the window: only elements that the page would have to scroll for.
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SERIOUS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ")}`)"""


def look_at(visitor: Visitor, entry: pages.Entry, looks: list[tuple[int, str]]) -> list[str]:
    text = visitor.open_and_fill(entry.path, entry.status, entry.fill)
    page = visitor.page
    wrong = faults_of(text)
    if page.locator("h1").count() != 1:
        wrong.append(f"{page.locator('h1').count()} headings of the first rank")
    page.set_viewport_size({"width": 320, "height": 800})
    if (beyond := page.evaluate(TOO_WIDE)) > 0:
        wrong.append(f"{beyond} px too wide at 320")
    page.evaluate(AXE.read_text())
    for width, theme in looks:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        if (beyond := page.evaluate(TOO_WIDE)) > 0:
            wrong.append(f"{beyond} px too wide at {width}")
        wrong += [f"{width} {theme}: {finding}" for finding in page.evaluate(SERIOUS)]
        if SCREENSHOTS:
            page.screenshot(path=Path(SCREENSHOTS) / f"{entry.name}-{width}-{theme}.png", full_page=True)
    wrong += visitor.wrong
    visitor.wrong.clear()
    return [f"{entry.name}: {each}" for each in dict.fromkeys(wrong)]


def looks_of(turn: int) -> list[tuple[int, str]]:
    """For a picture all four. Else both widths and both themes, and every other page the other way round."""
    return LOOKS if SCREENSHOTS else LOOKS[turn % 2 * 2 :][:2]


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_every_page_is_clean_at_every_width(visit: Visit, people: dict[str, Any], filled: bool) -> None:
    entries = pages.filled(people["member"], people["staff"]) if filled else pages.empty()
    entries = [entry for entry in entries if ONLY.search(entry.name)]
    visitors = {reader: visit(reader) for reader in sorted({entry.reader for entry in entries})}
    wrong = []
    for turn, entry in enumerate(entries):
        wrong += look_at(visitors[entry.reader], entry, looks_of(turn))
    assert not wrong, "\n".join(wrong)


def test_every_page_has_an_entry(people: dict[str, Any]) -> None:
    entries = pages.empty() + pages.filled(people["member"], people["staff"])
    visited = {pages.resolve_name(entry.path) for entry in entries}
    assert pages.names_of_pages() - visited - set(pages.NO_PAGES) == set()
    names = [entry.name for entry in entries]
    assert len(names) == len(set(names)), "two pictures would have one name"


def test_a_visitor_notices_what_these_tests_look_for(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/")
    page.evaluate("document.querySelector('main').innerHTML = '<p style=\"color: red\">styled inline</p><img src=x>'")
    page.evaluate("new Image().src = 'https://example.com/picture.png'")
    page.evaluate("setTimeout(() => { throw new Error('thrown on purpose') })")
    page.evaluate("document.querySelector('main p').style.minWidth = '2000px'")
    page.evaluate("document.querySelector('main p').style.color = '#eee'")
    page.wait_for_function(f"{TOO_WIDE} > 0")
    page.evaluate(AXE.read_text())
    found = " ".join(page.evaluate(SERIOUS))
    assert "image-alt" in found
    assert "color-contrast" in found
    said = " ".join(visitor.wrong)
    for sign in ("CSP: style-src", "another host was asked: https://example.com", "thrown on purpose"):
        assert sign in said
