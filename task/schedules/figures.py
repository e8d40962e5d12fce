"""What a day brought, in figures: read along the index on `created`, and never more than MOST rows."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median_high

from task.jobs.models import Job, State

MOST = 50_000  # of a busier day the newest
FAILURES = 20  # with a link


@dataclass
class Summary:
    since: datetime
    until: datetime
    kinds: list[tuple[str, list[tuple[str, int]]]] = field(default_factory=list)
    """Each kind with (state, number), the most frequent kind first."""
    states: list[tuple[str, int]] = field(default_factory=list)
    failures: list[Job] = field(default_factory=list)
    waits: list[timedelta] = field(default_factory=list)
    capped: bool = False

    @property
    def count(self) -> int:
        return sum(number for _, number in self.states)

    @property
    def failed(self) -> int:
        return dict(self.states).get(State.FAILED.label, 0)

    @property
    def more_failures(self) -> int:
        return self.failed - len(self.failures)

    @property
    def usual_wait(self) -> timedelta | None:
        return median_high(self.waits) if self.waits else None

    @property
    def longest_wait(self) -> timedelta | None:
        return max(self.waits, default=None)


def summary_of(since: datetime, until: datetime) -> Summary:
    """The jobs that were sent from `since` on and before `until`, as they are now."""
    sent = Job.objects.filter(created__gte=since, created__lt=until)
    rows = sent.newest_first().values_list("kind", "state", "created", "started")[: MOST + 1]
    by_kind: dict[str, Counter[str]] = {}
    found = Summary(since, until)
    for number, (kind, state, created, started) in enumerate(rows.iterator(chunk_size=2000)):
        if number == MOST:
            found.capped = True
            break
        by_kind.setdefault(kind, Counter())[state] += 1
        if started:
            found.waits.append(max(started - created, timedelta()))
    most_first = sorted(by_kind.items(), key=lambda item: (-item[1].total(), item[0]))
    found.kinds = [(kind, state_counts(states)) for kind, states in most_first]
    found.states = state_counts(sum(by_kind.values(), Counter()))
    failed = sent.failed().newest_first().only("title", "kind", "error", "created")
    found.failures = list(failed[:FAILURES])
    return found


def state_counts(states: Counter[str]) -> list[tuple[str, int]]:
    """In the order of a job's life."""
    choices: Iterable[tuple[str, str]] = State.choices
    return [(words, states[value]) for value, words in choices if states[value]]
