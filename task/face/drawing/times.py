"""Times for people: relative, with the exact one on hover and for machines."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString


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


def day_words(moment: object) -> str:
    """Where a list is cut: nothing for the last hour, then "Earlier today", "Yesterday", "Monday 3 March"."""
    if not isinstance(moment, datetime):
        return ""
    local, now = timezone.localtime(moment), timezone.localtime()
    if (now - local) < timedelta(hours=1):
        return ""
    days = (now.date() - local.date()).days
    if days < 2:
        return "Earlier today" if days < 1 else "Yesterday"
    return date_format(local, "l j F" if local.year == now.year else "j F Y")


def span(length: timedelta) -> str:
    """How long something took: 0.3 s, 12 s, 4 min, 3 h, 2 days."""
    seconds = length.total_seconds()
    if seconds < 0:
        return "0 s"
    if 0 < seconds < 0.1:
        return f"{max(1, round(seconds * 1000))} ms"
    if seconds < 10:
        return f"{seconds:.1f}".rstrip("0").rstrip(".") + " s"
    for size, word in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {word}"
    return f"{seconds:.0f} s"


def when(moment: object) -> SafeString:
    if not isinstance(moment, datetime):
        return SafeString("")
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        date_format(local, "l j F Y, H:i:s"),
        ago(moment, timezone.now()),
    )


def took(length: object) -> str:
    return span(length) if isinstance(length, timedelta) else ""
