"""The pictures made on the server: true figures, escaped words, and no value that they stumble over."""

import math
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from django.template import Context, Template
from django.utils.html import strip_tags

from task.face.drawing import covers, lettering
from task.face.drawing.ranks import ranks
from task.face.drawing.spines import spines
from task.face.drawing.strokes import strokes
from task.face.drawing.times import ago

ODD: list[Any] = [
    None, "", 0, -1, 10**30, 2.5, math.inf, math.nan, "x", "<em>&\"'</em>", [], {}, object(), "\x00\x1f\ud800",
    "x" * 700, "W " * 350, "ألف ليلة وليلة", "עברית and English", "戦争と平和" * 60, "📚" * 50, "e\u0301" * 300,
]  # fmt: skip
TAGS = (
    "{% state x %}", "{% state_icon x %}", "{% event_icon x %}", "{% icon x %}", "{% barcode x %}", "{% hours x %}",
    "{% when x %}", "{% strokes x y x y x %}", "{% strokes y x 'running' 'job' x %}", "{% cover x y x %}",
    "{% cover y x y %}", "{% spines x y %}", "{% ranks x y %}", "{% ranks y x %}",
    "{{ x|took }}", "{{ x|day_words }}", "{{ x|initials }}", "{{ x|first_name }}",
    "{{ x|sort_words }}", "{{ x|words }}", "{{ x|kind_words }}", "{{ x|short_id }}", "{{ x|times_word }}",
    "{{ x|as_json }}", "{{ x|isbn }}",
    "{% query_url sort=x %}", "{% include '_bar.html' with done=x total=y state='running' %}",
)  # fmt: skip


def render(source: str, **context: Any) -> str:
    return Template("{% load desk jobs %}" + source).render(Context(context))


def drawn(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<all>{markup}</all>")


@pytest.mark.parametrize("source", TAGS)
def test_no_tag_stumbles_over_an_odd_value_or_lets_markup_through(source: str) -> None:
    for x in ODD:
        for y in (None, "table", 100, "<i>y</i>"):
            html = render(source, x=x, y=y)
            assert "<em>" not in html
            assert "<i>" not in html
            assert "style=" not in html


def figures(svg: ElementTree.Element) -> dict[str, int]:
    """How many strokes stand in each group of a bar."""
    counted = {}
    for part in svg:
        paths = [part.get("d", ""), *(inner.get("d", "") for inner in part)]
        counted[part.get("class", "")] = counted.get(part.get("class", ""), 0) + sum(path.count("M") for path in paths)
    return counted


@pytest.mark.parametrize(
    ("done", "total", "state", "expected"),
    [
        (0, 100, "running", {"on": 0, "next": 1, "off": 49}),
        (50, 100, "running", {"on": 25, "next": 1, "off": 24}),
        (99, 100, "running", {"on": 49, "next": 1, "off": 0}),
        (100, 100, "running", {"on": 50, "off": 0}),
        (500, 100, "running", {"on": 50, "off": 0}),
        (0, 0, "waiting", {"stub": 50}),
        (50, 100, "waiting", {"on": 25, "off": 25}),
        (50, 100, "failed", {"on": 25, "outline": 25}),
        (10, 100, "cancelled", {"on": 5, "outline": 45}),
    ],
)
def test_a_bar_shows_no_more_than_was_made(done: int, total: int, state: str, expected: dict[str, int]) -> None:
    svg = drawn(strokes(done, total, state, "list", None)).find(".//svg")
    assert svg is not None
    assert figures(svg) == expected


def test_the_stroke_where_a_worker_was_lost_stays_and_is_named() -> None:
    bar = drawn(strokes(62_500, 100_000, "running", "job", [41_000]))
    wide, small = (each for each in bar.iter("svg") if "strokes" in each.get("class", ""))
    assert figures(wide) == {"on": 61, "next": 1, "off": 37, "seam": 1}
    assert figures(small) == {"on": 30, "next": 1, "off": 18, "seam": 1}
    assert "worker lost at 41,000, continued" in "".join(bar.itertext())
    progress = next(bar.iter("progress"))
    assert (progress.get("value"), progress.get("max")) == ("62500", "100000")


def test_nothing_is_drawn_when_the_total_is_unknown() -> None:
    assert strokes(1_234, None, "running", "list", None) == ""


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", covers.PALETTES)
def test_words_on_a_cover_can_be_read(palette: covers.Palette) -> None:
    assert contrast(palette.ink, palette.paper) >= 5


def test_a_book_always_has_the_same_cover_and_others_have_others() -> None:
    titles = [f"Book {n}" for n in range(200)]
    pictures = {covers.cover(title, "Somebody", "9780441478125") for title in titles}
    assert covers.cover("Book 1", "Somebody", "9780441478125") == covers.cover("Book 1", "Somebody", "9780441478125")
    assert len(pictures) == 200
    papers = {re.search(r'fill="(#\w{6})"', picture)[1] for picture in pictures}  # type: ignore[index]
    assert papers == {palette.paper for palette in covers.PALETTES}


@pytest.mark.parametrize("title", ["Dune", "The Remains of the Day", "Donaudampfschifffahrtsgesellschaft", "w " * 350])
def test_a_title_stays_on_its_cover(title: str) -> None:
    cover = drawn(covers.cover(title, "An author with a name that is far too long for one line of a cover", ""))
    texts = list(cover.iter("text"))
    assert 1 <= len(texts) - 1 <= 4
    for text in texts:
        size = float(text.get("font-size", "0"))
        assert lettering.width(text.text or "", size, covers.TRACKING) <= covers.WIDE - 2 * covers.MARGIN + 0.01
        assert float(text.get("y", "0")) < covers.HIGH
    assert all(float(text.get("font-size", "0")) >= 17 for text in texts[:-1])


def test_a_title_from_right_to_left_stands_at_the_right() -> None:
    text = next(drawn(covers.cover("ألف ليلة وليلة", "", "1")).iter("text"))
    assert text.get("direction") == "rtl"
    assert float(text.get("x", "0")) > covers.WIDE / 2


def test_a_state_is_an_icon_and_a_word() -> None:
    for state, word in {
        "waiting": "waiting",
        "being made": "being made",
        "not_found": "not found",
        "refused": "refused",
    }.items():
        badge = drawn(render("{% state x %}", x=state))
        assert "".join(badge.itertext()) == word
        assert badge.find(".//svg") is not None


def test_times_for_people() -> None:
    now = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
    told = [ago(now - timedelta(seconds=seconds), now) for seconds in (0, 8, 90, 7_200, 90_000, 10**6, 10**8)]
    assert told == ["just now", "8 s ago", "1 min ago", "10:00", "yesterday 11:00", "19 Feb", "1 Jan 2023"]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [SimpleNamespace(name="One", count=1)],
        [SimpleNamespace(name="", count=0), SimpleNamespace(name="x" * 700, count=10**9)],
        [SimpleNamespace(name="<b>&</b>", count=-3), SimpleNamespace(name="قصص", count=None)],
        [SimpleNamespace(name=f"Name {n}", count=n) for n in range(200)],
    ],
)
def test_spines_are_drawn_from_anything(rows: list[SimpleNamespace]) -> None:
    drawn = spines(rows, 100)
    for svg in drawn.split("</svg>")[:-1]:
        ElementTree.fromstring(svg + "</svg>")
    assert "<b>" not in drawn
    assert drawn.count("rotate(90)") <= 17


def test_a_taller_spine_has_more_books() -> None:
    drawn = spines([SimpleNamespace(name="A", count=101), SimpleNamespace(name="B", count=9)], 100)
    tops = [float(top) for top in re.findall(r'd="M[\d.]+ ([\d.]+)h[\d.]+V252h-[\d.]+z"', drawn)]
    assert tops[0] == 0 < tops[1]
    assert "100+" in drawn


def test_ranks_fall_off_from_the_first_to_the_last_and_are_told() -> None:
    (picture,) = drawn(ranks([2000, 1000, 500], "stars"))
    assert picture.get("aria-label") == "From first to last: 2,000, 1,000 in the middle, 500 stars"
    tall = [float(found) for found in re.findall(r"v([\d.]+)h-", picture[0].get("d", ""))]
    assert tall == [38.0, 19.0, 9.5]


@pytest.mark.parametrize("points", [[], None, "12", 7])
def test_ranks_of_nothing_are_not_drawn(points: Any) -> None:
    assert ranks(points) == ""


def test_an_isbn_is_read_in_groups_and_copied_without_blanks() -> None:
    grouped = Template("{% load desk %}{{ number|isbn }}").render(Context({"number": "9780345418913"}))
    assert re.findall(r"<span>(\d+)</span>", grouped) == ["978", "0", "345", "41891", "3"]
    assert strip_tags(grouped) == "9780345418913"


@pytest.mark.parametrize("text", ["L000001", "036000291452", "9790260000438", "5012345678900", "Dune", "<b>", "", None])
def test_what_is_no_isbn_stays_as_it_is(text: Any) -> None:
    assert unescape(Template("{% load desk %}{{ text|isbn }}").render(Context({"text": text}))) == (text or "")
