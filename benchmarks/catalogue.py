"""The list of books with its filters over a small and a large catalogue: each page's median, and the factor."""

import random
from collections.abc import Iterator

from benchmarks.desk import Bench, median_of
from benchmarks.rows import clear_rows, isbns
from task.books.facets.stored import count_facets
from task.books.locations import location
from task.books.models import Author, Book, BookAuthor, BookSubject, Location, Subject
from task.jobs.testing import execute_all

SIZES = (1000, 100_000)
WORDS = (
    "sea", "house", "night", "garden", "winter", "river", "stone", "glass", "silver", "paper", "city", "moon",
    "dark", "light", "summer", "island", "bridge", "north", "south", "letters", "secret", "history", "world",
    "king", "queen", "daughter", "son", "road", "fire", "water", "bird", "wolf", "horse", "tree", "forest",
    "mountain",
)  # fmt: skip
NAMES = (
    "Adams", "Baker", "Carson", "Dahl", "Eco", "Frame", "Grass", "Hesse", "Ishiguro", "Joyce", "Kafka",
    "Levi", "Mann", "Nabokov", "Orwell", "Woolf", "Zola",
)  # fmt: skip
ROOMS = (("Main hall", 40), ("Children’s room", 10), ("Stacks", 30))  # each with so many shelves


def catalogue(desk: Bench, long: bool) -> Iterator[tuple[str, str]]:
    sizes = (*SIZES, 1_000_000) if long else SIZES
    clear_rows()
    seen: dict[str, list[float]] = {}
    for size in sizes:
        fill(size)
        count_facets.delay()
        execute_all()
        for what, path in paths().items():
            seen.setdefault(what, []).append(median_of(9, lambda path=path: fetched(desk, path)) * 1000)
    for what, figures in seen.items():
        times = ", ".join(f"{figure:.0f} ms" for figure in figures)
        yield (
            f"{what}, over {', '.join(f'{size:,}' for size in sizes)} books",
            f"{times} (factor {figures[-1] / figures[0]:.1f})",
        )


def paths() -> dict[str, str]:
    subjects = list(Subject.objects.order_by("id"))
    common, rare = subjects[0], subjects[-1]
    return {
        "all books": "/books/",
        "all books, last page": "/books/?last=1",
        "all books by title, in the table": "/books/?sort=title&look=table",
        "all books by author": "/books/?sort=author",
        "a search": "/books/?q=silver+moon&look=covers",
        "a search, filtered": "/books/?q=silver+moon&available=yes&room=stacks",
        "one book in two": f"/books/?subject={common.pk}",
        "one book in two, by title, last page": f"/books/?subject={common.pk}&sort=title&last=1",
        "a rare subject": f"/books/?subject={rare.pk}",
        "three filters": f"/books/?subject={common.pk}&room=stacks&decade=1990",
        "nothing found": "/books/?q=zzz+yyy",
        "authors": "/authors/",
    }


def fetched(desk: Bench, path: str) -> None:
    reply = desk.browser.line.get(path)
    assert reply.status_code == 200, path


def fill(size: int) -> None:
    """Books until there are `size` of them: one subject on half of them, others on a few."""
    draw = random.Random(1)
    places = [location(room, f"Shelf {number}") for room, shelves in ROOMS for number in range(shelves)]
    for model, count in ((Author, size // 8), (Subject, max(30, size // 50))):
        have = model._default_manager.count()
        model._default_manager.bulk_create(
            (
                model(name=f"{draw.choice(WORDS).title()} {draw.choice(NAMES)} {n}", key=f"bench {n}")
                for n in range(have, count)
            ),
            batch_size=5000,
        )
    authors = list(Author.objects.values_list("pk", "filing_key"))
    subjects = list(Subject.objects.order_by("id").values_list("pk", flat=True))
    for start in range(Book.objects.count(), size, 5000):
        numbers = isbns(1_000_000 + start, min(5000, size - start))
        write(numbers, draw, authors, subjects, [place for place in places if place])


def write(
    numbers: list[str], draw: random.Random, authors: list[tuple[int, str]], subjects: list[int], places: list[Location]
) -> None:
    by = [draw.choice(authors) for _ in numbers]
    books = Book.objects.bulk_create(
        Book(
            isbn=number, title=" ".join(draw.choices(WORDS, k=3)).title(), state="filled", source="Open Library",
            publish_date=str(draw.randint(1900, 2025)), language=draw.choice(("English", "English", "German", "")),
            copies=draw.choice((0, 1, 1, 1, 2)), location=draw.choice((*places, None)), filing_author=author[1],
        )
        for number, author in zip(numbers, by, strict=True)
    )  # fmt: skip
    BookAuthor.objects.bulk_create(
        BookAuthor(book=book, author_id=author[0]) for book, author in zip(books, by, strict=True)
    )
    links = {(book.pk, subject) for book in books for subject in draw.choices(subjects[1:], k=2)}
    links |= {(book.pk, subjects[0]) for book in books if draw.random() < 0.5}
    BookSubject.objects.bulk_create(BookSubject(book_id=book, subject_id=subject) for book, subject in links)
