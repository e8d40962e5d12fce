"""One form for all six canvases: which one, and its numbers."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator

from task.playground.canvases import CANVASES, Canvas

DIGITS = 15  # the graph, the page and the row of a run stay small; what comes of them may have twice as many
SHOWN = 30  # signs of a word that a sentence repeats
LONGEST = 5_000  # signs
COUNTS = {1: "one number", 2: "two numbers"}
CHOOSE = "Choose one of the six canvases."


class CanvasForm(forms.Form):
    canvas = forms.ChoiceField(
        choices=[(name, canvas.title) for name, canvas in CANVASES.items()],
        widget=forms.HiddenInput,
        error_messages={"required": CHOOSE, "invalid_choice": CHOOSE},
    )
    numbers = forms.CharField(
        max_length=LONGEST,
        error_messages={"max_length": f"This is too long. A number has at most {DIGITS} digits."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, canvas: Canvas, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chosen = canvas
        field = self.fields["numbers"]
        field.label, field.help_text = canvas.label, canvas.help
        field.error_messages["required"] = f"Type {_count(canvas)}, as in {canvas.example}."
        # A NUL is one sign more that stands in no number.
        field.validators = [v for v in field.validators if not isinstance(v, ProhibitNullCharactersValidator)]
        self.initial.setdefault("canvas", canvas.name)
        self.initial.setdefault("numbers", canvas.example)

    def clean_numbers(self) -> list[int]:
        canvas = self.chosen
        words = _words(self.cleaned_data["numbers"])
        if not words:
            raise forms.ValidationError(self.fields["numbers"].error_messages["required"])
        if not canvas.fewest <= len(words) <= canvas.most:
            raise forms.ValidationError(f"This canvas takes {_count(canvas)}. You entered {len(words):,}.")
        faults = list(dict.fromkeys(fault for word in words if (fault := self._fault(word))))
        if faults:
            raise forms.ValidationError(faults)
        return [_number(word) for word in words]

    def _fault(self, word: str) -> str:
        """What is wrong with a word that should be a number; "" when nothing is."""
        if not re.fullmatch(r"[+-]?[0-9]+", word):
            shown = word.replace("\0", "\N{SYMBOL FOR NULL}")
            shown = f"{shown[:SHOWN]}…" if len(shown) > SHOWN else shown
            return f"“{shown}” is not a whole number. Enter numbers such as 12 or -7."
        digits = _digits(word)
        if len(digits) > DIGITS:
            return f"This number has {len(digits):,} digits, and at most {DIGITS} fit on the page of a run."
        largest = self.chosen.largest
        if largest is not None and not 1 <= _number(word) <= largest:
            return f"{_number(word):,} is not possible here: ask for 1 to {largest}."
        return ""

    def clean(self) -> dict[str, Any]:
        if "canvas" in self.errors:  # a hidden field has no place for its sentence
            self.add_error(None, CHOOSE)
        return self.cleaned_data


def _words(text: str) -> list[str]:
    """The words of a text, with any commas, semicolons or spaces between; digits of every width and script are ours."""
    plain = unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-")
    plain = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in plain)
    return [word for word in re.split(r"[\s,;、]+", plain) if word]


def _digits(word: str) -> str:
    return word.lstrip("+-").lstrip("0")


def _number(word: str) -> int:
    """Without the zeros that it begins with: Python makes no number of more than 4,300 digits, whatever they are."""
    return int(("-" if word.startswith("-") else "") + (_digits(word) or "0"))


def _count(canvas: Canvas) -> str:
    return COUNTS[canvas.most] if canvas.fewest == canvas.most else f"one to {canvas.most} numbers"
