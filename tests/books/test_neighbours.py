"""What a book's page says of the books around it: its shelf, and the other editions of the same title."""

import pytest
from django.test import Client

from task.books.locations import location
from task.books.models import Book
from task.books.neighbours import beside, other_editions
from tests.books.test_facets import book

pytestmark = pytest.mark.django_db


def titles(books: list[Book]) -> list[str]:
    return [each.title for each in books]


def test_a_book_stands_in_the_middle_of_its_shelf(member: Client) -> None:
    hall, stacks = location("Main hall", "F 1"), location("Stacks")
    names = ["Adams", "Baker", "Carson", "Dahl", "Eco", "Frame", "Grass", "Hesse", "Ishiguro"]
    made = [book(n, f"T {name}", f"Ann {name}", location=hall) for n, name in enumerate(reversed(names))][::-1]
    book(20, "T Carter", "Ann Carter", location=stacks)
    assert titles(beside(made[4])) == [f"T {name}" for name in names[1:8]]
    assert titles(beside(made[0])) == [f"T {name}" for name in names[:7]]
    assert titles(beside(made[8])) == [f"T {name}" for name in names[2:]]
    Book.objects.filter(pk=made[3].pk).update(removed_at="2026-01-01T00:00:00Z")
    assert "T Dahl" not in titles(beside(made[4]))
    page = " ".join(member.get(made[4].get_absolute_url()).content.decode().split())
    assert "Beside it on the shelf" in page
    assert page.count('class="book book-this" aria-current="true"') == 1
    assert page.index("this book") < page.index("T Eco</b>", page.index("beside-head"))


def test_a_book_that_stands_alone_or_nowhere_has_no_shelf(member: Client) -> None:
    alone, nowhere = book(0, "Alone", "A B", location=location("Stacks")), book(1, "Nowhere", "A B")
    assert beside(alone) == beside(nowhere) == []
    assert "Beside it on the shelf" not in member.get(alone.get_absolute_url()).content.decode()


def test_other_editions_are_of_the_same_title_and_author(member: Client) -> None:
    first = book(0, "The Left Hand", "Ursula K. Le Guin", language="English")
    book(
        1,
        "Left Hand",
        "Ursula K. Le Guin",
        language="English",
        publish_date="1992",
        publishers=["<b>Ace</b>"],
        copies=2,
    )
    book(2, "The Left Hand", "Somebody Else")
    book(3, "")
    book(4, "")
    assert titles(other_editions(first)) == ["Left Hand"]
    page = " ".join(member.get(first.get_absolute_url()).content.decode().split())
    assert "Other editions" in page
    assert ", English, <bdi>&lt;b&gt;Ace&lt;/b&gt;</bdi> 1992, 2 copies" in page
    assert other_editions(Book.objects.filter(title="").first()) == []
    for number in range(10, 17):
        book(number, "The Left Hand", "Ursula K. Le Guin")
    assert "All of this title" in member.get(first.get_absolute_url()).content.decode()
