"""Names that may be one: which are, and that a page of them costs the same however many names there are."""

from importlib import import_module
from itertools import pairwise
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from task.books.merging import doubles as room
from task.books.merging.doubles import doubles, near
from task.books.merging.models import NoDouble
from task.books.models import Author, Subject
from task.books.models.near import are_near, near_person, near_subject
from tests.accounts.pages import flashes
from tests.books.famous import put

SAME = [
    ["Tolkien, J. R. R.", "J.R.R. Tolkien", "J R R Tolkien", "JRR Tolkien", "TOLKIEN, J.R.R.",
     "John Ronald Reuel Tolkien", "Tolkien, J. R. R. (John Ronald Reuel), 1892-1973", "J. Tolkien"],
    ["Le Guin, Ursula K.", "Ursula K. Le Guin", "U. K. Le Guin", "Ursula Le Guin"],
    ["Gabriel García Márquez", "García Márquez, Gabriel", "Gabriel Garcia Marquez"],
    ["Ludwig van Beethoven", "Beethoven, Ludwig van"],
    ["Flann O'Brien", "O’Brien, Flann"],
    ["Jean-Paul Sartre", "Jean Paul Sartre", "Sartre, J.-P."],
    ["Kurt Vonnegut", "Vonnegut, Kurt, Jr."],
    ["Łukasz Ødegård", "Lukasz Odegard"],
    ["村上春樹", "村上春樹"],
    ["शेखर जोशी", "जोशी, शेखर"],
]  # fmt: skip
OTHERS = [
    ("John Smith", "James Smith"), ("John R. Smith", "John Q. Smith"), ("J.R.R. Tolkien", "Christopher Tolkien"),
    ("Homer", "Homer Simpson"), ("Anna Bee", "Anna Cee"), ("村上春樹", "村上龍"),
]  # fmt: skip


@pytest.mark.parametrize("names", SAME, ids=lambda names: names[0])
def test_people_whose_names_are_written_in_several_ways(names: list[str]) -> None:
    assert len({near_person(name) for name in names}) == 1
    assert all(are_near(one, other) for one, other in pairwise(names))


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_people_who_are_two(one: str, other: str) -> None:
    assert near_person(one) != near_person(other) or not are_near(one, other)


def test_subjects_by_their_words_in_the_singular() -> None:
    assert near_subject("Cats -- Fiction") == near_subject("Fiction, cat") == near_subject("Cat (Fictions)")
    assert near_subject("Histories") == near_subject("history")
    assert near_subject("Glass") != near_subject("Glas")
    assert near_subject("20th century") != near_subject("19th century")


@pytest.mark.parametrize("name", ["", " ", "...", ",", ", x", "(x)", "1984", "\u200b", "a" * 300, "🐍", "é" * 300])
def test_every_text_has_a_near_key(name: str) -> None:
    for make in (near_person, near_subject):
        assert len(make(name)) <= 600
    are_near(name, name)


@pytest.mark.django_db
def test_the_upgrade_gives_a_near_key_to_names_that_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    migration = import_module("task.books.migrations.0026_near_keys")
    monkeypatch.setattr(migration, "AT_ONCE", 2)
    Author.objects.bulk_create(Author(name=name, key=name) for name in ("Jane Austen", "...", "Emma Cee", "Anna Bee"))
    Subject.objects.create(name="Cats", key="cats")
    Author.objects.update(near_key="")
    Subject.objects.update(near_key="")
    Author.objects.filter(name="Emma Cee").update(near_key="there")
    migration.fill(apps, None)
    assert list(Author.objects.order_by("pk").values_list("near_key", flat=True)) == [
        "austen j", near_person("..."), "there", "bee a",
    ]  # fmt: skip
    assert Subject.objects.get().near_key == "cat"
    assert migration.Migration.atomic is False  # a large catalogue is not locked for as long as it takes


def ids(pair: tuple[room.Side, room.Side]) -> tuple[int, ...]:
    return tuple(sorted(side.named.pk for side in pair))


def keep_both(target: str, pairs: list[tuple[room.Side, room.Side]]) -> None:
    NoDouble.objects.bulk_create(NoDouble(target=target, one=one, other=other) for one, other in map(ids, pairs))


@pytest.mark.django_db
def test_pairs_stand_side_by_side_until_somebody_says_that_they_are_two(client_of: Any, charlie: Any) -> None:
    put("The Hobbit", "Tolkien, J. R. R.")
    put("Letters", "J.R.R. Tolkien")
    put("Emma", "Jane Austen")
    one, other = Author.objects.order_by("pk")[:2]
    assert near(one) == [other]
    assert near(Author.objects.get(name="Jane Austen")) == []
    staff = client_of(charlie)
    sent = {"one": other.pk, "other": one.pk, "after": ""}
    for _ in range(2):
        page = staff.post("/authors/doubles/dismiss/", sent, follow=True)
    assert "No two authors look alike." in page.content.decode()
    assert near(one) == []
    said = NoDouble.objects.get()
    assert (said.one, said.other, said.by) == (one.pk, other.pk, charlie)
    for bad, words in [({"one": one.pk, "other": one.pk}, "Choose two names."), ({"one": "x"}, "Choose a name.")]:
        assert words in flashes(staff.post("/authors/doubles/dismiss/", bad, follow=True))


@pytest.mark.django_db
def test_every_pair_is_on_one_page_and_a_page_costs_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "A_PAGE", 4)
    monkeypatch.setattr(room, "READ", 30)
    surnames = [f"{chr(97 + n // 26)}{chr(97 + n % 26)}ble" for n in range(100)]
    names = [Author(name=f"Ada {each}", key=f"1{each}") for each in surnames]
    names += [Author(name=f"{each}, A.", key=f"2{each}") for each in surnames[::3]]
    Author.objects.bulk_create(names)
    seen, after, costs = [], "", set()
    while True:
        with CaptureQueriesContext(connection) as queries:
            page = doubles("author", after)
        costs.add(len(queries))
        seen += [tuple(sorted(side.named.name for side in pair)) for pair in page.pairs]
        if not page.next_after:
            break
        assert page.next_after > after
        after = page.next_after
    assert sorted(seen) == sorted((f"Ada {each}", f"{each}, A.") for each in surnames[::3])
    assert max(costs) <= 4


@pytest.mark.django_db
def test_many_of_one_key_are_bounded_and_subjects_are_compared_by_their_key() -> None:
    Subject.objects.bulk_create(Subject(name=f"Cat{'s' * (n % 2)}{'!' * n}", key=str(n)) for n in range(100))
    page = doubles("subject")
    assert (len(page.pairs), page.next_after) == (room.OF_A_GROUP, "")
    assert doubles("subject", "zzz\0").pairs == []
    keep_both("subject", page.pairs)
    following = doubles("subject")
    assert (len(following.pairs), following.more_like.lower()[:3]) == (room.OF_A_GROUP, "cat")
    assert not {ids(pair) for pair in page.pairs} & {ids(pair) for pair in following.pairs}


@pytest.mark.django_db
def test_of_many_with_one_surname_and_initial_all_are_compared() -> None:
    given = [f"J{chr(97 + n // 26)}{chr(97 + n % 26)}o" for n in range(100)]
    Author.objects.bulk_create(Author(name=f"{each} Smith", key=each) for each in given)
    Author.objects.create(name=f"Smith, {given[70]}", key="other")
    page = doubles("author")
    assert [{side.named.name for side in pair} for pair in page.pairs] == [
        {f"{given[70]} Smith", f"Smith, {given[70]}"}
    ]
    assert page.more_like == ""


@pytest.mark.django_db
def test_pairs_that_are_kept_cost_no_query_each(client_of: Any, charlie: Any) -> None:
    surnames = [f"{chr(97 + n // 26)}{chr(97 + n % 26)}ble" for n in range(60)]
    Author.objects.bulk_create(
        Author(name=name, key=name) for each in surnames for name in (f"Ada {each}", f"{each}, A.")
    )
    keys = dict(Author.objects.values_list("name", "pk"))
    NoDouble.objects.bulk_create(
        NoDouble(target="author", one=keys[f"Ada {each}"], other=keys[f"{each}, A."]) for each in surnames[:-1]
    )
    with CaptureQueriesContext(connection) as queries:
        page = doubles("author")
    assert [{side.named.pk for side in pair} for pair in page.pairs] == [
        {keys[f"Ada {surnames[-1]}"], keys[f"{surnames[-1]}, A."]}
    ]
    assert len(queries) <= 4
