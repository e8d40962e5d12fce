"""Times for people: in the reader's zone, with the exact one on hover. `times.js` has the same words."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from task.kit.spans import span

HOUR = timedelta(hours=1)
FULL = "l j F Y, H:i:s"
# How a time is written, beside "ago" and "row"; `times.js` has the same.
SHAPES = {"clock": "H:i:s", "hour": "H:i", "date": "D j M Y", "moment": "j F Y, H:i", "today": "l j F"}


def ago(moment: datetime, now: datetime) -> str:
    seconds = int((now - moment).total_seconds())
    if seconds < 0:
        return "in " + span(timedelta(seconds=-seconds)) if seconds < -1 else "now"
    if seconds < 2:
        return "just now"
    if seconds < 60:
        return f"{seconds} s ago"
    if seconds < 3600:
        return f"{seconds // 60} min ago"
    local, today = timezone.localtime(moment), timezone.localtime(now).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    if local.date() == today - timedelta(days=1):
        return f"yesterday {local:%H:%M}"
    return date_format(local, "j M") if local.year == today.year else date_format(local, "j M Y")


def under_day(moment: datetime, now: datetime) -> str:
    """In a row under the heading of its day, which says the day: see `day_words`."""
    return ago(moment, now) if now - moment < HOUR else f"{timezone.localtime(moment):%H:%M}"


def day_words(moment: object) -> str:
    """Where a list is cut: nothing for the last hour, then "Earlier today", "Yesterday", "Monday 3 March"."""
    if not isinstance(moment, datetime):
        return ""
    local, now = timezone.localtime(moment), timezone.localtime()
    if now - local < HOUR:
        return ""
    days = (now.date() - local.date()).days
    if days < 2:
        return "Earlier today" if days < 1 else "Yesterday"
    return date_format(local, "l j F" if local.year == now.year else "j F Y")


def when(moment: object, shape: str = "ago") -> SafeString:
    """A `<time>`: relative ("ago", and "row" under the heading of its day), or of one of SHAPES."""
    if not isinstance(moment, datetime):
        return SafeString("")
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    local, now = timezone.localtime(moment), timezone.now()
    relative = under_day if shape == "row" else ago
    return format_html(
        '<time datetime="{}" title="{}" data-shape="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        date_format(local, FULL),
        shape,
        date_format(local, SHAPES[shape]) if shape in SHAPES else relative(moment, now),
    )


def took(length: object) -> str:
    return span(length) if isinstance(length, timedelta) else ""
