"""A state is an icon, a word and a shape: it reads without colour."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from task.face.drawing.icons import icon

# How the words of all features look: (class of the look, icon, word). Which state has which word, a feature's `State`
# says by its labels.
STYLES: dict[str, tuple[str, str, str]] = {
    "waiting": ("waiting", "waiting", "waiting"),
    "received": ("waiting", "waiting", "received"),
    "running": ("running", "running", "running"),
    "being made": ("running", "running", "being made"),
    "trying again": ("running", "retry", "trying again"),
    "done": ("done", "done", "done"),
    "filled": ("done", "done", "filled"),
    "fulfilled": ("done", "done", "fulfilled"),
    "good": ("done", "done", "good"),
    "failed": ("failed", "failed", "failed"),
    "cancelled": ("cancelled", "cancelled", "cancelled"),
    "already here": ("here", "here", "already here"),
    "not found": ("none", "lens", "not found"),
    "file missing": ("none", "lost", "file missing"),
    "no sign": ("none", "lost", "no sign"),
    "bad isbn": ("bad", "cross", "bad ISBN"),
    "never ran": ("plain", "cancelled", "never ran"),
    "never started": ("plain", "cancelled", "never started"),
}


def style_of(state: object) -> tuple[str, str, str]:
    """(class, icon, word) of a state; an unknown one keeps its own word and gets a plain box."""
    words = " ".join(str("" if state is None else state).replace("_", " ").lower().split())
    known = STYLES.get(words)
    return known or ("plain", "", words[:40] or "unknown")


def state(value: object) -> SafeString:
    kind, sign, word = style_of(value)
    return format_html('<span class="state state-{}">{}<span class="word">{}</span></span>', kind, icon(sign), word)
