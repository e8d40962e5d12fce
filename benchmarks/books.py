"""Books as a library has them, as many as wanted: a known part of them has each word and each subject."""

import random
from collections.abc import Iterable

from django.db import connection, transaction

from benchmarks.rows import isbns, put
from task.books.locations import location
from task.books.models import Author, Book, BookAuthor, BookSubject, Location, Subject
from task.kit.search.words import in_order
from tests.books.famous import BOOKS

# One book in so many has the word, or the subject.
WORDS = {"halfofthem": 2, "thirdofthem": 3, "tenpercent": 10, "onepercent": 100}
SUBJECTS = {"half": 2, "third": 3, "tenth": 10, "hundredth": 100, "some": 280, "few": 560}
COMMON = sorted({word for title, _, _ in BOOKS for word in in_order(title) if word.isascii() and len(word) < 7})
FORENAMES = ("Ada", "Boris", "Clara", "Dora", "Edgar", "Flora", "Greta", "Hugo", "Ines", "Jakob", "Kira")
NAMES = ("Adams", "Baker", "Dahl", "Eco", "Frame", "Grass", "Hesse", "Ishiguro", "Mann", "Nabokov", "Zola", "Zweig")
ROOMS = (("Main hall", 40), ("Children’s room", 10), ("Stacks", 30))  # each with so many shelves
A_TIME = 5000
FIRST_ISBN = 2_000_000


def fill(size: int) -> None:
    """Until there are `size` books: words, filters and the index of the search."""
    have = Book.objects.count()
    chance = random.Random(have)
    names(size)
    authors = list(Author.objects.filter(key__startswith="bench ").values_list("pk", "name", "filing_key"))
    rare = list(Subject.objects.filter(key__startswith="bench ").values_list("pk", flat=True))
    often = [
        (Subject.objects.get_or_create(key=name, defaults={"name": name})[0].pk, part)
        for name, part in SUBJECTS.items()
    ]
    places = [place for room, shelves in ROOMS for n in range(shelves) if (place := location(room, f"Shelf {n}"))]
    if connection.vendor == "sqlite":  # whose indexes are larger than its usual cache
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size = -1000000")
    numbers = isbns(FIRST_ISBN + have, size - have)
    for start in range(0, len(numbers), A_TIME):
        part = range(have + start, min(have + start + A_TIME, size))
        with transaction.atomic():
            write(part, numbers[start : start + A_TIME], chance, authors, rare, often, places)
    if connection.vendor == "postgresql":  # which does so by itself, later
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    connection.close()  # and with it that cache


def names(size: int) -> None:
    """An author for eight books, and a subject for fifty."""
    for model, count in ((Author, size // 8), (Subject, max(30, size // 50))):
        have = model._default_manager.filter(key__startswith="bench ").count()
        rows = (
            model(name=f"{FORENAMES[n % len(FORENAMES)]} {NAMES[n % len(NAMES)]} {n}", key=f"bench {n}")
            for n in range(have, count)
        )
        model._default_manager.bulk_create(rows, batch_size=A_TIME)


def write(
    part: Iterable[int],
    numbers: list[str],
    chance: random.Random,
    authors: list[tuple[int, str, str]],
    rare: list[int],
    often: list[tuple[int, int]],
    places: list[Location],
) -> None:
    by = [chance.choice(authors) for _ in numbers]
    made = [
        Book(
            isbn=number, title=title(n, chance), state="filled" if n % 50 else "not_found", source="Open Library",
            publish_date=str(chance.randint(1900, 2025)), language=chance.choice(("English", "English", "German", "")),
            copies=chance.choice((0, 1, 1, 1, 2)), location=chance.choice((*places, None)), filing_author=author[2],
        )
        for n, number, author in zip(part, numbers, by, strict=True)
    ]  # fmt: skip
    put(made, [name for _, name, _ in by])
    BookAuthor.objects.bulk_create(
        BookAuthor(book_id=book.pk, author_id=author[0]) for book, author in zip(made, by, strict=True)
    )
    links = {(book.pk, subject) for book in made for subject in chance.choices(rare, k=2)}
    links |= {(book.pk, subject) for book in made for subject, one in often if not chance.randrange(one)}
    BookSubject.objects.bulk_create(BookSubject(book_id=book, subject_id=subject) for book, subject in sorted(links))


def word_of(number: int) -> str:
    """Of one book alone; sorted by it, books stand in no order of theirs."""
    return f"word{number * 7_654_321 % 10_000_000:07}"


def title(number: int, chance: random.Random) -> str:
    """Two halves of them have a word each that no book has together, and three have one."""
    words = [word_of(number), f"trio{number // 3:07}", *chance.sample(COMMON, 4)]
    words.append("lefthalf" if number % 2 else "righthalf")
    return " ".join(words + [word for word, one in WORDS.items() if not number % one]).capitalize()
