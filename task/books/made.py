"""What a look-up made: its books, those that need a hand first."""

from typing import Any

from django.http import HttpRequest

from task.books.models import Book
from task.jobs.models import Job

Panel = tuple[str, dict[str, Any]]
REFRESH = "books.refresh"
SHOWN = 14  # two rows of the shelf
COUNTED = 5_000  # in each state: the page costs the same behind them
# What the filter is called in the address, in the order in which the books stand.
STATES = {
    "not_found": Book.State.NOT_FOUND,
    "failed": Book.State.FAILED,
    "cancelled": Book.State.CANCELLED,
    "found": Book.State.FILLED,
}


def books_of(request: HttpRequest, job: Job) -> Panel | None:
    own = Book.objects.filter(**{"refresh_job" if job.kind == REFRESH else "job": job.pk})
    counts = {name: own.filter(state=state)[: COUNTED + 1].count() for name, state in STATES.items()}
    if not sum(counts.values()):
        return None
    wanted = request.GET.get("made", "")
    wanted = wanted if counts.get(wanted) else ""
    books: list[Book] = []
    for name, state in STATES.items():  # each along its index
        if counts[name] and wanted in ("", name) and len(books) < SHOWN:
            books += own.filter(state=state).for_list().order_by("id")[: SHOWN - len(books)]
    count = counts[wanted] if wanted else sum(counts.values())
    return "books/_made.html", {
        "books": books,
        "count": count,
        "chips": chips(counts, wanted),
        "state": STATES[wanted] if wanted else "",
        "capped": any(number > COUNTED for number in counts.values()),
        "elsewhere": 0 if job.is_active else max(0, min(job.done, job.total or 0) - sum(counts.values())),
    }


def chips(counts: dict[str, int], wanted: str) -> list[tuple[str, str, str, bool]]:
    """(value of the address, words, number, whether it is chosen): all, and each state that has a book."""
    states = [(name, STATES[name].label.capitalize()) for name in ("found", "not_found", "failed", "cancelled")]
    some = [(name, words, counts[name]) for name, words in states if counts[name]]
    rows = [("", "All", sum(counts.values())), *some]
    return [(name, words, number_of(count), name == wanted) for name, words, count in rows]


def number_of(count: int) -> str:
    return f"{count:,}" if count <= COUNTED else f"{COUNTED:,}+"
