"""`/style/`, for staff: the design system on one page, drawn with the classes and the partials of the other pages.

The colours are read from `static/css/desk.css`, and their contrast is worked out, so that this page can't tell an old
one.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views import View

from task.face.drawing.covers import PALETTES, draw
from task.face.drawing.pictures import PICTURES
from task.face.drawing.states import STYLES
from task.kit.fields import WholeNumberField
from task.kit.staff import StaffOnly

TOKEN = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)|--([a-z-]+): (#[0-9a-f]{6});")
# What each colour is for, and the ground that its contrast is measured on.
MEANINGS = {
    "paper": ("the page", ""),
    "surface": ("cards, panels, fields", ""),
    "ink": ("text, rules, the plank under books", "paper"),
    "muted": ("second lines, labels", "paper"),
    "line": ("hairlines", ""),
    "line-2": ("borders of controls", "paper"),
    "link": ("links", "paper"),
    "desk": ("the band at the top", ""),
    "desk-ink": ("text on the desk", "desk"),
    "desk-muted": ("second lines on the desk", "desk"),
    "desk-line": ("borders of buttons on the desk", "desk"),
    "lamp": ("lit: running, now, focus, the first action on the desk", "desk"),
    "lamp-ink": ("text on the lamp", "lamp"),
    "go": ("the first action on paper", "paper"),
    "go-ink": ("text on it", "go"),
    "done": ("done, found", "paper"),
    "fail": ("failed, refused", "paper"),
    "fail-ink": ("text on it", "fail"),
    "here": ("in the catalogue", "surface"),
    "none": ("not found: needs work", "paper"),
    "on": ("strokes that are made", "off"),
    "off": ("strokes to come", ""),
    "seam": ("where a worker was lost", "paper"),
}
SPACES = (4, 8, 12, 16, 20, 24, 28, 36, 44, 56, 72, 104)
PARTS = [
    ("type", "Type"), ("space", "Space"), ("colours", "Colours"), ("buttons", "Buttons"), ("menu", "Menu"),
    ("states", "States"), ("bars", "Bars"), ("forms", "Forms"), ("tables", "Tables"), ("shelf", "Shelf"),
    ("covers", "Covers"), ("pictures", "Pictures"), ("words", "Messages"),
]  # fmt: skip
ISBN = "9780441478125"
SORTS = ["newest", "oldest", "title"]


@dataclass(frozen=True)
class Colour:
    name: str
    meaning: str
    ground: str
    light: str
    dark: str
    contrast: tuple[float, float] | None


def luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@cache
def tokens(path: Path) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for name, light, dark, only, same in TOKEN.findall(path.read_text()):
        found.setdefault(name or only, (light or same, dark or same))
    return found


def colours() -> list[Colour]:
    known = tokens(settings.BASE_DIR / "static/css/desk.css")
    listed = []
    for name, (meaning, ground) in MEANINGS.items():
        light, dark = known[name]
        ratio = None
        if ground:
            ratio = (contrast(light, known[ground][0]), contrast(dark, known[ground][1]))
        listed.append(Colour(name, meaning, ground, light, dark, ratio))
    return listed


class SpecimenForm(forms.Form):
    title = forms.CharField(label="Title", help_text="As it is on the cover.")
    email = forms.EmailField(label="Email address")
    total = WholeNumberField(label="How many copies", min_value=1, max_value=500)
    state = forms.ChoiceField(label="State", choices=[("new", "New"), ("worn", "Worn")])
    words = forms.CharField(label="Notes", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    file = forms.FileField(label="File of ISBNs", required=False)
    lend = forms.BooleanField(label="May be lent", required=False)


def specimen_forms() -> tuple[forms.Form, forms.Form]:
    wrong = SpecimenForm({"title": "", "email": "nobody", "total": "0", "state": "new"}, auto_id="wrong_%s")
    wrong.full_clean()
    wrong.add_error(None, "Nothing was sent. Correct the fields that are marked.")
    return SpecimenForm(auto_id="empty_%s", use_required_attribute=False), wrong


def books() -> list[Any]:
    titles = (
        ("9780441478125", "The Left Hand of Darkness", "Ursula K. Le Guin", "1969"),
        ("9780156439619", "If on a winter’s night a traveler", "Italo Calvino", "1979"),
        ("9789953686950", "ألف ليلة وليلة", "مؤلف مجهول", "1900"),
        ("9780131103627", "Donaudampfschifffahrtsgesellschaft " * 20, "A very long name of a person", "1978"),
        ("9780375704024", "", "", ""),
    )
    return [
        SimpleNamespace(
            number=isbn, title=title, author_names=author, year=year,
            get_state_display="found" if title else "looking up",
            get_absolute_url="#shelf", heading=title or isbn, is_waiting=not title,
        )
        for isbn, title, author, year in titles
    ]  # fmt: skip


def context() -> dict[str, Any]:
    now = timezone.now()
    empty, wrong = specimen_forms()
    messages = [
        Message(constants.SUCCESS, "We are looking up 48 books. They appear below as they are found."),
        Message(constants.INFO, "You already sent this."),
        Message(constants.ERROR, "The disk is full. Free 2 GB, then retry."),
    ]
    return {
        "parts": PARTS,
        "colours": colours(),
        "spaces": SPACES,
        "entries": [
            SimpleNamespace(words="Books", url="#menu", current="page", counts=[]),
            SimpleNamespace(words="Jobs", url="#menu", current="", counts=[(2, "running"), (12, "failed")]),
        ],
        "states": list(STYLES),
        "bars": [
            ("waiting", 0, 100, []), ("running", 62, 100, [41]), ("failed", 69, 100, []),
            ("cancelled", 40, 100, []), ("done", 100, 100, [12, 41]),
        ],
        "seam_of_job": [41],
        "empty_form": empty,
        "wrong_form": wrong,
        "specimen_messages": messages,
        "page": {"first_url": "?", "previous_url": "?", "next_url": "?", "last_url": "?"},
        "sorts": SORTS,
        "sort": SORTS[0],
        "books": books(),
        "grid": [[draw("Title", "Author", ISBN, palette, one, 100) for palette in PALETTES] for one in PICTURES],
        "counts": [2, 9, 14, 6, 3, 8, 5, 2, 1, 0, 0, 0, 0, 0, 0, 1, 3, 6, 11, 15, 13, 12, 9, 12],
        "stars": [90_000 // rank for rank in range(1, 41)],
        "names": [SimpleNamespace(name=name, count=n) for name, n in (("Fiction", 96), ("History", 52), ("قصص", 7))],
        "times": [now - timedelta(seconds=age) for age in (1, 9, 70, 9_000, 100_000, 40_000_000)],
    }  # fmt: skip


class StyleView(StaffOnly, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "style.html", context())
