"""Follow-up jobs in words: on the line of the job that they follow, and on its page."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from task.jobs.models import Job, State

CHILDREN, COUNTED = 20, 1000  # that a job's page lists, and counts
ON_A_PAGE = 2000  # that a list counts of all its lines together


def set_follow_ups(jobs: Sequence[Job]) -> None:
    """Give each job its `follow_ups`: how many there are, and in which states."""
    states: dict[UUID, Counter[str]] = defaultdict(Counter)
    children = Job.objects.filter(parent__in=[job.pk for job in jobs]).order_by("parent")
    found: list[Any] = list(children.values_list("parent", "state")[: ON_A_PAGE + 1])
    for parent, state in found:
        states[parent][state] += 1
    not_all = found[-1][0] if len(found) > ON_A_PAGE else None
    for job in jobs:
        if counted := states.get(job.pk):
            if job.pk == not_all:
                counted.subtract([found[-1][1]])
            more = "More than " if job.pk == not_all else ""
            job.follow_ups = more + in_words(counted)


def in_words(states: Counter[str]) -> str:
    words = ", ".join(f"{states[state]:,} {label}" for state, label in State.choices if states[state])
    return f"{states.total():,} follow-up job{'' if states.total() == 1 else 's'}: {words}"


def of_one(job: Job) -> str:
    """Counted to COUNTED, so that its page costs the same behind them."""
    states = Counter(job.children.values_list("state", flat=True)[: COUNTED + 1])
    if states.total() > COUNTED:
        return f"More than {COUNTED:,} follow-up jobs. These are the first {CHILDREN}."
    return f"{in_words(states)}. These are the first {CHILDREN}."
