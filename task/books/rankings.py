"""Which authors, people and subjects have the most books of the whole catalogue.

A small catalogue is counted by the page. A large one was counted by last night's job: a page costs the same with a
million books.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from task.books.models import BookAuthor, BookPerson, BookSubject, Link, Ranking
from task.jobs import Now, Run, job

LISTS: tuple[type[Link], ...] = (BookAuthor, BookPerson, BookSubject)
SHOWN = 12
MOST_COUNTED = 2000  # links that a page counts


@dataclass
class Ranked:
    name: str
    count: int


def ranking(links: type[Link]) -> tuple[list[Ranked], datetime | None]:
    """The names with the most books, the first with the most; and when they were counted, if not now."""
    some = list(links._default_manager.order_by().values_list(f"{links.target}_id", flat=True)[: MOST_COUNTED + 1])
    if len(some) <= MOST_COUNTED:
        return named(links, Counter(sorted(some)).most_common(SHOWN)), None
    counted = Ranking.objects.filter(target=links.target).first()
    return ([Ranked(*row) for row in counted.rows], counted.counted) if counted else ([], None)


def named(links: type[Link], counts: Sequence[tuple[int, int]]) -> list[Ranked]:
    model: Any = links._meta.get_field(links.target).related_model
    names = model._default_manager.only("name").in_bulk([key for key, _ in counts])
    return [Ranked(names[key].name, count) for key, count in counts if key in names]


@job("books.rank", title="Count the books of authors, people and subjects")
def rank(run: Run) -> None:
    ranked = {}
    for links in LISTS:
        counts = links._default_manager.order_by().values_list(links.target).annotate(count=Count("pk"))
        ranked[links.target] = named(links, list(counts.order_by("-count", links.target)[:SHOWN]))
    with run.finish("Books counted."):
        for target, rows in ranked.items():
            row = {"rows": [[each.name, each.count] for each in rows], "counted": Now()}
            Ranking.objects.update_or_create(target=target, defaults=row)
