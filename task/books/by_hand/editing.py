"""A book is edited: what the form showed, what is there now, and what was typed are compared field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict
from django.utils.html import format_html

from task.books import copies
from task.books.by_hand.forms import BookForm, number
from task.books.changes import is_taken, locked_book, write
from task.books.locations import parts_of
from task.books.models import Book, BookChange, CopyChange
from task.books.record import LABELS, LISTS, NAMES, PLAIN, differ, in_words, names_in, shorten, values_of

SALT = "book form"
MOST = 1_000_000  # copies of a book
OF_STAFF = ("isbn", "location", "copies")  # where a setting lets members edit: not these
COMPARED = ("isbn", *PLAIN, *NAMES, "location")
TOO_OLD = "This form is too old to be compared with the book. Check it and save it again."
BOTH = "both"


@dataclass
class Base:
    """What a form showed when it was opened. It travels in the form, signed.

    After a conflict, of the fields in question also what was typed, and for lists what both make together.
    """

    values: dict[str, Any]
    locked: list[str]
    copies: int
    typed: dict[str, str] = field(default_factory=dict)
    both: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, book: Book, **after: Any) -> "Base":
        return cls(values_of(book), list(book.locked), book.copies_owned, **after)

    @classmethod
    def read(cls, text: str, book: Book) -> "Base | None":
        """None: it is not ours, of another book, or of another version of the program."""
        try:
            base = cls(**signing.loads(text, salt=f"{SALT} {book.pk}"))
        except (signing.BadSignature, TypeError):
            return None
        return base if base.values.keys() == set(COMPARED) else None

    def sign(self, book: Book) -> str:
        return signing.dumps(vars(self), salt=f"{SALT} {book.pk}", compress=True)


def shown(name: str, value: Any) -> str:
    """As a field of the form has it."""
    return "\n".join(names_in(name, value)) if name in LISTS else in_words(name, value)


class EditForm(BookForm):
    """The form of a book that is there. Members have no fields for what is the staff's."""

    copies = number("Copies", min_value=0, max_value=MOST)
    base = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, book: Book, reader: Any) -> None:
        self.book = book
        now = Base.of(book)
        initial = {name: shown(name, now.values[name]) for name in COMPARED}
        super().__init__(data, initial={**initial, "copies": now.copies, "base": now.sign(book)})
        self.fields["isbn"].help_text = "" if book.isbn else f"It has none; its number is {book.number}."
        if not reader.is_staff:
            for name in OF_STAFF:
                del self.fields[name]
        self.shown = (Base.read(self.data.get("base", ""), book) if self.is_bound else now) or now

    def clean_base(self) -> str:
        if self.cleaned_data["base"] and Base.read(self.cleaned_data["base"], self.book) is None:
            raise ValidationError(TOO_OLD)
        return str(self.cleaned_data["base"])

    def clean_isbn(self) -> str:
        isbn = super().clean_isbn()
        if is_taken(isbn, self.book):
            other = Book.with_removed.get(number=isbn)
            words = "Another book has this ISBN: <a href='{}'>{}</a>."
            if other.removed_at:
                words = "A deleted book has this ISBN: {1}. Put it back in place of this one."
            raise ValidationError(format_html(words, other.get_absolute_url(), other.heading[:200]))
        return isbn

    def is_as_shown(self, name: str) -> bool:
        """Whether nobody has touched it: what a source wrote need not pass for what a person may write."""
        if name not in self.data:  # a program sends what it wants to change
            return True
        sent = self.data.get(name, "").replace("\r\n", "\n").strip()
        return bool(sent == shown(name, self.shown.values[name]).strip())

    def clean(self) -> dict[str, Any]:
        for name in COMPARED:
            if name in self.errors and self.is_as_shown(name) and (name != "title" or self.book.title):
                del self.errors[name]
        if "copies" not in self.data:
            self.errors.pop("copies", None)
        return super().clean()

    def typed(self) -> dict[str, Any]:
        """The values that differ from what the form showed, as `record.values_of` has them."""
        return {
            name: self._value(name)
            for name in COMPARED
            if name in self.fields and not self.is_as_shown(name) and self._differs(name)
        }

    def _differs(self, name: str) -> bool:
        return differ(name, self.shown.values[name], self._value(name))

    def _value(self, name: str) -> Any:
        value = self.cleaned_data[name]
        if name in NAMES:
            # A name that is there keeps its key: there may be two people of one name.
            there = {each: [key, each] for key, each in self.shown.values[name]}
            return [there.get(each.name, [each.key, each.name]) for each in value]
        return [part for part in parts_of(value) if part] if name == "location" else value

    def unlocked(self) -> set[str]:
        if not self.data.get("base"):
            return set()
        return set(self.shown.locked) - set(cast(QueryDict, self.data).getlist("locked"))


@dataclass
class Differing:
    """A field that somebody else has changed, too: theirs, and yours."""

    name: str
    label: str
    theirs: str
    yours: str
    choice: str  # theirs, yours or both
    is_list: bool


class Conflict(Exception):
    """Somebody has changed what was typed into, while it was."""

    def __init__(self, base: str, fields: list[Differing], kept: dict[str, Any], change: BookChange | None) -> None:
        super().__init__(", ".join(each.name for each in fields))
        self.base, self.fields, self.kept, self.change = base, fields, kept, change

    @property
    def who(self) -> str:
        """Who was first: a person, or a source."""
        return str((self.change and (self.change.by or self.change.source)) or "Somebody")

    @property
    def kept_words(self) -> list[tuple[str, str]]:
        return [(LABELS[name], shorten(in_words(name, value), 300) or "empty") for name, value in self.kept.items()]

    def data(self, sent: Any) -> Any:
        """The form as it comes back: what was typed, and where nothing was, what is there now."""
        data = sent.copy()
        data["base"] = self.base
        for name, value in self.kept.items():
            data[name] = shown(name, value)
        for each in self.fields:
            data[f"choose_{each.name}"] = each.choice
        return data


class TooFew(Exception):
    """Copies that are not there can't go."""


def save(form: EditForm, by: Any) -> Book | None:
    """Save what was typed into a valid form. None: the book is gone. Raises Conflict, TooFew."""
    with transaction.atomic():
        book = locked_book(form.book.pk)
        if book is None:
            return None
        now = values_of(book)
        mine = _chosen(form, now)
        _compare(form, book, now, mine)
        write(book, mine, by, unlock=form.unlocked() & set(book.locked))
        more = form.cleaned_data["copies"] - form.shown.copies if "copies" in form.cleaned_data else 0
        if more and not copies.change(book.pk, more, by, CopyChange.Why.BY_HAND):
            raise TooFew
        book.refresh_from_db()
    return book


def _chosen(form: EditForm, now: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed; of what was in conflict, what was chosen, unless it was typed into again."""
    mine = form.typed()
    for name, was_typed in form.shown.typed.items():
        choice = form.data.get(f"choose_{name}")
        if form.data.get(name, "").replace("\r\n", "\n") != was_typed:
            continue
        if choice == "theirs":
            mine.pop(name, None)
        elif choice == BOTH and name in form.shown.both:
            mine[name] = form.shown.both[name]
    return mine


def _compare(form: EditForm, book: Book, now: Mapping[str, Any], mine: Mapping[str, Any]) -> None:
    base = form.shown.values
    theirs = {name for name in COMPARED if differ(name, base[name], now[name])}
    conflicts = [name for name in COMPARED if name in theirs and name in mine and differ(name, mine[name], now[name])]
    if not conflicts:
        return
    both = {name: merged(name, base[name], now[name], mine[name]) for name in conflicts if name in LISTS}
    typed = {name: form.data.get(name, "").replace("\r\n", "\n") for name in conflicts}
    fields = [
        Differing(
            name, LABELS[name], against(name, base[name], now[name]), against(name, base[name], mine[name]),
            BOTH if name in LISTS else "yours", name in LISTS,
        )
        for name in conflicts
    ]  # fmt: skip
    kept = {name: now[name] for name in COMPARED if name in theirs and name not in mine and name in form.fields}
    changes = BookChange.objects.filter(book=book.pk).select_related("by").order_by("-id")[:20]
    change = next((each for each in changes if theirs & set(each.fields)), None)
    raise Conflict(Base.of(book, typed=typed, both=both).sign(book), fields, kept, change)


def merged(name: str, base: list[Any], theirs: list[Any], yours: list[Any]) -> list[Any]:
    """What both make together: all that was added, without what either took out."""

    def key(item: Any) -> Any:
        return item[0] if name in NAMES else item

    old, left, right = ({key(item): item for item in items} for items in (base, theirs, yours))
    gone = (old.keys() - left.keys()) | (old.keys() - right.keys())
    return [list(item) if name in NAMES else item for each, item in {**left, **right}.items() if each not in gone]


def against(name: str, base: Any, value: Any) -> str:
    """What became of a field, in a few words."""
    if name not in LISTS:
        return shorten(in_words(name, value), 300) or "empty"
    old, new = names_in(name, base), names_in(name, value)
    added, gone = ([each for each in one if each not in other] for one, other in ((new, old), (old, new)))
    words = [f"{verb} {shorten('; '.join(names))}" for verb, names in (("added", added), ("removed", gone)) if names]
    return ", ".join(words) or "in another order"
