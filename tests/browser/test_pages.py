"""Every page, narrow and wide, light and dark: nothing overflows, nothing is refused, nobody else is asked.

With SCREENSHOTS set to a folder, each is kept there as a picture (`make screenshots`).
"""

import os
from pathlib import Path

import pytest

from tests.browser import pages
from tests.browser.conftest import Visit, Visitor

SCREENSHOTS = os.environ.get("SCREENSHOTS", "")
PICTURES = [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")] if SCREENSHOTS else []
WIDTHS = (1280, 360, 320)

# What sticks out to the right of the window: only elements that the page would have to scroll for.
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def look_at(visitor: Visitor, entry: pages.Entry) -> list[str]:
    page = visitor.open(entry.path, entry.status)
    wrong = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if (beyond := page.evaluate(TOO_WIDE)) > 0:
            wrong.append(f"{entry.name}: {beyond} px too wide at {width}")
    for width, theme in PICTURES:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.screenshot(path=Path(SCREENSHOTS) / f"{entry.name}-{width}-{theme}.png", full_page=True)
    if page.locator("h1").count() != 1:
        wrong.append(f"{entry.name}: {page.locator('h1').count()} headings of the first rank")
    wrong += [f"{entry.name}: {each}" for each in visitor.wrong]
    visitor.wrong.clear()
    return wrong


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_every_page_is_clean_at_every_width(visit: Visit, people: dict[str, object], filled: bool) -> None:
    entries = pages.filled(people["member"], people["staff"]) if filled else pages.empty()
    visitors = {reader: visit(reader) for reader in sorted({entry.reader for entry in entries})}
    wrong = [each for entry in entries for each in look_at(visitors[entry.reader], entry)]
    assert not wrong, "\n".join(wrong)


def test_every_page_has_an_entry(people: dict[str, object]) -> None:
    entries = pages.empty() + pages.filled(people["member"], people["staff"])
    visited = {pages.resolve_name(entry.path) for entry in entries}
    assert pages.names_of_pages() - visited - set(pages.NO_PAGES) == set()


def test_a_visitor_notices_what_these_tests_look_for(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/")
    page.evaluate("document.querySelector('main').innerHTML = '<p style=\"color: red\">styled inline</p>'")
    page.evaluate("new Image().src = 'https://example.com/picture.png'")
    page.evaluate("setTimeout(() => { throw new Error('thrown on purpose') })")
    page.evaluate("document.querySelector('main p').style.minWidth = '2000px'")
    page.wait_for_function(f"{TOO_WIDE} > 0")
    said = " ".join(visitor.wrong)
    for sign in ("CSP: style-src", "another host was asked: https://example.com", "thrown on purpose"):
        assert sign in said
