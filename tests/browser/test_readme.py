"""The pictures of the README: there, small, and made anew by `make screenshots`."""

import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.browser import good_day
from tests.browser.conftest import Visit

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
HEIGHTS = {"home": 1400, "books": 1152, "scan": 990}


def keep(page: Any, name: str) -> None:
    path = DOCS / f"{name}.png"
    page.screenshot(path=path, clip={"x": 0, "y": 0, "width": 1280, "height": HEIGHTS[name]}, full_page=True)
    Image.open(path).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


@pytest.mark.skipif("SCREENSHOTS" not in os.environ, reason="`make screenshots` makes them")
def test_pictures_are_made(visit: Visit, people: dict[str, Any]) -> None:
    member = people["member"]
    good_day.fill(member)
    visitor = visit(color_scheme="light", reduced_motion="reduce")
    DOCS.mkdir(exist_ok=True)
    keep(visitor.open("/"), "home")
    keep(visitor.open("/books/"), "books")
    good_day.cart(member)
    page = visitor.open("/books/scan/")
    page.locator(".scan-field").fill("97801404")
    keep(page, "scan")
    assert not visitor.wrong


@pytest.mark.parametrize("name", sorted(HEIGHTS))
def test_pictures_are_there_and_small(name: str) -> None:
    path = DOCS / f"{name}.png"
    assert Image.open(path).size == (1280, HEIGHTS[name])
    assert path.stat().st_size < 150_000
