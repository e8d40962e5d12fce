"""Spans of time in words."""

from datetime import timedelta


def span(length: timedelta | float) -> str:
    """How long something took or takes, a timedelta or seconds: 7 ms, 0.3 s, 12 s, 4 min, 3 h, 2 days."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    if seconds < 0:
        return "0 s"
    if 0 < seconds < 0.1:
        return f"{max(1, round(seconds * 1000))} ms"
    if seconds < 10:
        return f"{seconds:.1f}".rstrip("0").rstrip(".") + " s"
    seconds = round(seconds)  # 119.8 s are 2 min, and not 120 s
    for size, word in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {word}"
    return f"{seconds} s"
