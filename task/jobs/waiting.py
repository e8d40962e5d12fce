"""What waits for a worker and for nothing else: how much of each kind, and for how long."""

from dataclasses import dataclass

from django.db.models import Case, F, Max, Min, When
from django.db.models.functions import Coalesce, Greatest

from task.jobs.engine.clock import Now
from task.jobs.models import Job

# Of one that has run before, its last notification: a worker that is free would have answered it.
SINCE = Greatest(Case(When(claims=0, then=F("created")), default=F("notified_at")), Coalesce("run_after", "created"))


@dataclass(frozen=True)
class Waiting:
    kind: str
    count: int
    seconds: float
    """Of the one that waits longest."""


def kinds_waiting() -> list[Waiting]:
    """Of the oldest MOST_COUNTED jobs, so that a flood costs no more."""
    rows = Job.objects.due().order_by("created").by_kind(since=Min(SINCE), now=Max(Now()))
    return [Waiting(row["kind"], row["count"], max(0.0, (row["now"] - row["since"]).total_seconds())) for row in rows]
