"""What is loaded of Open Library's dumps."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.template.defaultfilters import date as in_words
from django.template.defaultfilters import filesizeformat

from task.books.sources.dumps.store import facts_in_place
from task.books.sources.dumps.tasks import KIND
from task.jobs import State
from task.jobs.models import Job


@dataclass(frozen=True)
class Loaded:
    files: list[str]
    as_of: date | None  # the newest change in it
    loaded: datetime
    editions: int
    isbns: int
    works: int
    authors: int
    size: int  # bytes on disk

    def __str__(self) -> str:
        day = f" as of {in_words(self.as_of, 'j F Y')}" if self.as_of else ""
        return f"Open Library{day}: {self.editions:,} editions, {filesizeformat(self.size)} on disk"


def loaded() -> Loaded | None:
    """None before the first dump."""
    facts = facts_in_place()
    if facts is None:
        return None
    return Loaded(
        files=[Path(path).name for path, *_ in facts["files"]],
        as_of=date.fromordinal(facts["day"]) if facts["day"] else None,
        loaded=datetime.fromisoformat(facts["loaded"]),
        size=facts["size"],
        **{name: facts[name] for name in ("editions", "isbns", "works", "authors")},
    )


def loading() -> Job | None:
    """The job that loads the next one now, or waits to."""
    return Job.objects.filter(kind=KIND, state__in=(State.QUEUED, State.RUNNING)).order_by("-created", "-id").first()
