"""A state is an icon, a word and a shape: it reads without colour."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from task.face.drawing.icons import icon

# The words of all states and how each looks: (class of the look, icon). Which state has which word, a feature's `State`
# says by its labels, and pages show those.
STYLES: dict[str, tuple[str, str]] = {
    "waiting": ("waiting", "waiting"),
    "looking up": ("waiting", "waiting"),
    "look up": ("waiting", "waiting"),
    "listed twice": ("here", "here"),
    "no isbn": ("plain", "pencil"),
    "received": ("waiting", "waiting"),
    "running": ("running", "running"),
    "current": ("running", "running"),
    "being made": ("running", "running"),
    "trying again": ("running", "retry"),
    "being sent": ("running", "running"),
    "done": ("done", "done"),
    "found": ("done", "done"),
    "fulfilled": ("done", "done"),
    "verified": ("done", "done"),
    "sent": ("done", "done"),
    "delivered": ("done", "done"),
    "failed": ("failed", "failed"),
    "not sent": ("failed", "failed"),
    "cancelled": ("cancelled", "cancelled"),
    "copy added": ("done", "plus"),
    "in the catalogue": ("here", "here"),
    "look-up failed": ("failed", "failed"),
    "waiting to be sent": ("waiting", "tray"),
    "undone": ("cancelled", "cancelled"),
    "dismissed": ("cancelled", "cancelled"),
    "not found": ("none", "lens"),
    "file missing": ("none", "lost"),
    "no sign": ("none", "lost"),
    "not confirmed": ("none", "lost"),
    "refused": ("bad", "cross"),
    "open": ("waiting", "waiting"),
    "used": ("done", "done"),
    "withdrawn": ("cancelled", "cancelled"),
    "expired": ("plain", "cancelled"),
    "set": ("done", "done"),
    "not set": ("plain", "cancelled"),
    "answering": ("done", "done"),
    "paused": ("waiting", "pause"),
    "failing": ("failed", "failed"),
    "off": ("plain", "cancelled"),
    "never ran": ("plain", "cancelled"),
    "never started": ("plain", "cancelled"),
}


def style_of(state: object) -> tuple[str, str, str]:
    """(class, icon, word) of a state; an unknown one keeps its own word and gets a plain box."""
    words = " ".join(str("" if state is None else state).replace("_", " ").lower().split())
    kind, sign = STYLES.get(words, ("plain", ""))
    return kind, sign, words[:40].replace("isbn", "ISBN") or "unknown"


def state(value: object, more: object = "") -> SafeString:
    """With `more` behind its word: "copy added, now 3"."""
    kind, sign, word = style_of(value)
    word = f"{word}, {more}" if more else word
    return format_html('<span class="state state-{}">{}<span class="word">{}</span></span>', kind, icon(sign), word)
