"""Several workers write books that share authors and subjects: none waits for another in a circle, nothing doubles."""

import threading
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from task.books.fill import Portion
from task.books.models import Author, Book, BookAuthor, BookSubject, SourceAnswer, SourceDay, Subject
from task.books.names import upsert
from task.books.sources import Edition, Name
from task.books.stages import Said
from task.books.tasks import reserve
from tests.books.conftest import isbns

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS, ROUNDS, NAMES = 4, 4, 500


def together(*works: object) -> list[BaseException]:
    faults: list[BaseException] = []
    ready = threading.Barrier(len(works))

    def run(work: object) -> None:
        try:
            ready.wait(10)
            work()  # type: ignore[operator]
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return faults


def test_new_names_in_any_order_do_not_deadlock() -> None:
    """That they are sorted, which this relies on, is tried in test_look_up."""
    rounds = threading.Barrier(WORKERS)

    def worker(place: int) -> None:
        turn = 1 if place % 2 else -1
        for number in range(ROUNDS):
            names = [str(name) for name in range(number * NAMES, (number + 1) * NAMES)][::turn]
            edition = Edition(subjects=[Name(f"/subjects/{name}", f"Subject {name}") for name in names])
            rounds.wait(30)
            with transaction.atomic():
                assert len(upsert(Subject, [edition], "subjects")) == NAMES

    assert together(*(lambda place=place: worker(place) for place in range(WORKERS))) == []
    assert Subject.objects.count() == ROUNDS * NAMES


def test_books_of_the_same_names_are_written_whole() -> None:
    Book.objects.bulk_create([Book(isbn=isbn) for isbn in isbns(WORKERS * 5)])
    keys = list(Book.objects.order_by("pk").values_list("pk", flat=True))
    edition = Edition(
        title="T",
        authors=[Name(f"/authors/OL{name}A", f"Author {name}") for name in range(20)],
        subjects=[Name(f"/subjects/{name}", f"Subject {name}") for name in range(20)],
    )

    now, job_id = timezone.now(), uuid4()
    said = Said("Open Library", "found", now, now)

    def worker(place: int) -> None:
        with transaction.atomic():
            own = keys[place::WORKERS]
            Portion(dict.fromkeys(own, edition), {key: [said] for key in own}, job_id=job_id).write()

    assert together(*(lambda place=place: worker(place) for place in range(WORKERS))) == []
    assert (Author.objects.count(), Subject.objects.count()) == (20, 20)
    assert BookAuthor.objects.count() == BookSubject.objects.count() == 20 * len(keys)
    assert Book.objects.filter(state="filled").count() == len(keys)
    assert SourceDay.objects.get().found == SourceAnswer.objects.count() == len(keys)


def test_two_requests_never_take_the_same_book() -> None:
    jobs = [uuid4() for _ in range(WORKERS)]
    numbers = isbns(80)
    Book.objects.bulk_create([Book(isbn=isbn, job_id=jobs[place % WORKERS]) for place, isbn in enumerate(numbers)])
    taken: list[str] = []

    def worker(job: object) -> None:
        taken.extend(book.isbn for book in reserve(job))  # type: ignore[arg-type]

    assert together(*(lambda job=job: worker(job) for job in jobs)) == []
    assert len(taken) == len(set(taken))
    assert len(taken) > 25


def test_mended_names_in_any_order_do_not_deadlock() -> None:
    """Each worker makes some names and mends others, of which the next one makes or mends some too."""
    known = [str(name) for name in range(NAMES)]
    Subject.objects.bulk_create([Subject(key=f"/subjects/{name}", name=f"Old {name}") for name in known])
    rounds = threading.Barrier(WORKERS)

    def worker(place: int) -> None:
        turn = 1 if place % 2 else -1
        for number in range(ROUNDS):
            new = [f"{number}-{name}" for name in range(50)]
            names = [Name(f"/subjects/{name}", f"Round {number} {name}", mends=True) for name in (known + new)[::turn]]
            rounds.wait(60)
            with transaction.atomic():
                assert len(upsert(Subject, [Edition(subjects=names)], "subjects")) == NAMES + 50

    assert together(*(lambda place=place: worker(place) for place in range(WORKERS))) == []
    assert Subject.objects.count() == NAMES + ROUNDS * 50
    assert set(
        Subject.objects.filter(key__in=[f"/subjects/{name}" for name in known]).values_list("name", flat=True)
    ) == {f"Round {ROUNDS - 1} {name}" for name in known}
