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


def keep(page: Any, name: str, folder: Path) -> None:
    path = folder / f"{name}.png"
    page.screenshot(path=path, clip={"x": 0, "y": 0, "width": 1280, "height": HEIGHTS[name]}, full_page=True)
    Image.open(path).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def test_pictures_can_be_made(visit: Visit, people: dict[str, Any], tmp_path: Path) -> None:
    folder = DOCS if "README_PICTURES" in os.environ else tmp_path  # only `make screenshots` makes those anew
    member = people["member"]
    good_day.fill(member)
    visitor = visit(color_scheme="light", reduced_motion="reduce")
    DOCS.mkdir(exist_ok=True)
    keep(visitor.open("/"), "home", folder)
    keep(visitor.open("/books/"), "books", folder)
    good_day.cart(member)
    page = visitor.open("/books/scan/")
    page.locator(".scan-field").fill("97801404")
    keep(page, "scan", folder)
    assert not visitor.wrong


@pytest.mark.parametrize("name", sorted(HEIGHTS))
def test_pictures_are_there_and_small(name: str) -> None:
    path = DOCS / f"{name}.png"
    assert Image.open(path).size == (1280, HEIGHTS[name])
    assert path.stat().st_size < 150_000
