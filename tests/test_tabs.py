"""The tabs of the lists: all, and one for each state. Their addresses keep what else was asked. Books have filters."""

import re
from typing import Any

import pytest
from django.test import Client

from task.books.models import Book
from task.face.drawing.icons import SHAPES
from task.face.drawing.states import style_of
from task.jobs.models import State
from task.orders.models import Order
from task.reports.models import Report

LISTS = {"/jobs/": State, "/orders/": Order.State, "/reports/": Report.State}
TAB = re.compile(r'<li><a href="(\?[^"]*)"( aria-current="page")?>(.*?)</a></li>', re.S)


def tabs(client: Client, url: str) -> list[tuple[str, bool, str]]:
    page = client.get(url).content.decode()
    nav = page[page.index('<nav aria-label="States">') :].partition("</nav>")[0]
    return [(href, bool(is_open), re.sub(r"<.*?>", "", words).strip()) for href, is_open, words in TAB.findall(nav)]


@pytest.mark.parametrize("path", LISTS)
def test_each_state_has_a_tab_that_keeps_the_rest_of_the_address(member: Client, path: str) -> None:
    choices = [("", "All"), *LISTS[path].choices]
    for state, _ in choices:
        expected: list[Any] = []
        for value, words in choices:
            href = "?sort=oldest&amp;q=a" + (f"&amp;state={value}" if value else "")
            expected.append((href, value == state, words[0].upper() + words[1:]))
        assert tabs(member, f"{path}?sort=oldest&q=a&after=x&state={state}") == expected
    assert tabs(member, path)[0][:2] == ("?", True)


@pytest.mark.parametrize("path", LISTS)
def test_of_what_is_no_state_all_are_shown_and_the_tab_says_so(member: Client, path: str) -> None:
    assert [is_open for _, is_open, _ in tabs(member, f"{path}?state=nonsense")] == [True] + [False] * len(LISTS[path])


@pytest.mark.parametrize("states", [*LISTS.values(), Book.State])
def test_each_state_has_a_look_for_its_word(states: Any) -> None:
    for word in states.labels:
        _, icon, shown = style_of(word)
        assert (icon in SHAPES, shown) == (True, word)
