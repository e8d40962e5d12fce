"""What GitHub says of repositories, in the measures of our tables: every field may be missing, null or odd."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from task.jobs.services.replies import one_line, web_address
from task.reports.models import ADDRESS_LENGTH, DESCRIPTION_LENGTH, NAME_LENGTH

MOST_TOPICS = 20  # GitHub allows so many
LARGEST = 2**31 - 1
YEARS = range(1900, 2200)


@dataclass(frozen=True)
class FoundRepository:
    """One repository."""

    github_id: int
    name: str = ""
    full_name: str = ""
    url: str = ""
    description: str = ""
    stars: int = 0
    forks: int = 0
    language: str = ""
    topics: list[str] = field(default_factory=list)
    licence: str = ""
    pushed: datetime | None = None


@dataclass(frozen=True)
class Page:
    found: list[FoundRepository]  # each once
    size: int  # how many the page had, whatever they were
    total: int | None = None  # how many there are, as far as GitHub knows
    incomplete: bool = False  # it gave up before it had searched everything
    beyond: bool = False  # there is no such page

    @classmethod
    def of(cls, records: dict[str, Any], most: int) -> "Page":
        items = records["items"][:most]
        found = [one for one in map(repository, items) if one]
        once = {one.github_id: one for one in reversed(found)}
        total = records.get("total_count")
        return cls(
            found=list(once.values())[::-1],
            size=len(items),
            total=total if isinstance(total, int) and not isinstance(total, bool) else None,
            incomplete=records.get("incomplete_results") is True,
        )

    @classmethod
    def beyond_the_end(cls) -> "Page":
        return cls(found=[], size=0, beyond=True)


def repository(item: Any) -> FoundRepository | None:
    """None for what can't be told from others: no object, or without an id."""
    if not isinstance(item, dict):
        return None
    number = item.get("id")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 2**63:
        return None
    full_name = one_line(item.get("full_name"), NAME_LENGTH)
    return FoundRepository(
        github_id=number,
        name=one_line(item.get("name"), NAME_LENGTH) or full_name.rpartition("/")[2],
        full_name=full_name,
        url=web_address(item.get("html_url"), ADDRESS_LENGTH),
        description=one_line(item.get("description"), DESCRIPTION_LENGTH),
        stars=figure(item.get("stargazers_count")),
        forks=figure(item.get("forks_count")),
        language=one_line(item.get("language"), 100),
        topics=topics(item.get("topics")),
        licence=licence(item.get("license")),
        pushed=moment(item.get("pushed_at")),
    )


def figure(value: Any) -> int:
    """A count, from a number or its digits; 0 for anything else."""
    if isinstance(value, str) and value.isascii() and value.strip().isdecimal():
        value = int(value.strip()[:20])
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return min(max(value, 0), LARGEST)


def topics(value: Any) -> list[str]:
    words = [one_line(word, 50) for word in value[: MOST_TOPICS * 2]] if isinstance(value, list) else []
    return list(dict.fromkeys(word for word in words if word))[:MOST_TOPICS]


def licence(value: Any) -> str:
    """Its short name: "MIT". What GitHub could not tell it calls NOASSERTION, and by name Other."""
    if not isinstance(value, dict):
        return ""
    short = one_line(value.get("spdx_id"), 100)
    return short if short and short != "NOASSERTION" else one_line(value.get("name"), 100)


def moment(value: Any) -> datetime | None:
    """None for what is no time, and for one that some time zone has no calendar for."""
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
        if found is None:
            return None
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        return found if found.year in YEARS else None
    except (ValueError, OverflowError):
        return None
