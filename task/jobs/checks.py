"""What would fail later, or be ignored, is said at the start."""

import math
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.urls import get_resolver

from task.face.panels import declared
from task.jobs.conf import conf, table
from task.jobs.engine.registry import KINDS
from task.jobs.pages.made import PLACE


@register()
def check_numbers(**_: Any) -> list[CheckMessage]:
    """JOBS_… in the settings: known names, numbers that make sense, and a lease that is renewed in time."""
    known = {number.setting: number for number in table()}
    problems: list[CheckMessage] = []
    for setting in sorted(name for name in dir(settings) if name.startswith("JOBS_")):
        value = getattr(settings, setting)
        if setting not in known:
            problems.append(Warning(f"The engine knows no {setting}.", f"It knows {', '.join(known)}.", id="jobs.W001"))
        elif not _is_a_number(value, known[setting].default, known[setting].may_be_zero):
            words = f"{setting} is {value!r}, where {known[setting].default!r} would do."
            problems.append(Error(words, id="jobs.E001"))
    if not problems and conf.RENEW_SECONDS * 2 > conf.LEASE_SECONDS:
        sentence = "JOBS_RENEW_SECONDS is more than half of JOBS_LEASE_SECONDS: one renewal that fails loses the lease."
        problems.append(Error(sentence, id="jobs.E002"))
    return problems


def _is_a_number(value: Any, default: Any, may_be_zero: bool = False) -> bool:
    if isinstance(default, tuple):
        return isinstance(value, tuple | list) and bool(value) and all(_is_a_number(each, 1.0) for each in value)
    types = int if isinstance(default, int) else int | float
    if not isinstance(value, types) or isinstance(value, bool):
        return False
    return 0 < value < math.inf or (may_be_zero and value == 0)


@register()
def check_database(**_: Any) -> list[CheckMessage]:
    """Every page view in a transaction holds SQLite's one write lock, and no notification goes out before its end."""
    return [
        Error(
            f"ATOMIC_REQUESTS is on for the database “{alias}”.",
            "Switch it off: a job is saved in a short transaction of its own, and a worker is notified behind it.",
            id="jobs.E003",
        )
        for alias, database in settings.DATABASES.items()
        if database.get("ATOMIC_REQUESTS")
    ]


@register()
def check_views(**_: Any) -> list[CheckMessage]:
    """A form view whose form and task don't fit."""
    get_resolver().url_patterns  # noqa: B018  imports every view, as a web process does
    views = [(kind, kind.view) for kind in KINDS.values() if kind.view is not None]
    return [Error(problem, id="jobs.E004") for kind, view in views if (problem := view.problem_with(kind))]


@register()
def check_panels(**_: Any) -> list[CheckMessage]:
    """A panel that tells what jobs made, of no kind that there is: it would never show."""
    return [
        Error(f"The panel “{panel.key}” tells what jobs of the kind “{kind}” made, and there is none.", id="jobs.E005")
        for panel in declared()
        if panel.on == PLACE
        for kind in panel.kinds or ("",)
        if kind not in {*KINDS, "*"}
    ]
