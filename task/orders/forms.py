"""The order form: a book by its ISBN (or its number here), and how many copies."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.http import QueryDict
from django.urls import reverse_lazy

from task.books.models import Book
from task.orders.models import copies
from task.orders.search import find_book, title_key, titled


def shown(text: str) -> str:
    """`text` short enough for a sentence."""
    return text if len(text) <= 60 else f"{text[:59]}…"


def not_yet(book: Book) -> str:
    """Why a book that was not found, or not yet, can't be ordered."""
    reasons = {
        Book.State.WAITING: "We are still looking up {}. Order it when it is found.",
        Book.State.NOT_FOUND: "{} was not found, so it can't be ordered.",
        Book.State.CANCELLED: "{} can't be ordered: its look-up was cancelled. Try again on its page.",
    }
    failed = "{} can't be ordered: its look-up failed. Try again on its page."
    return reasons.get(Book.State(book.state), failed).format(book.number)


def too_many(book: Book, quantity: int) -> str:
    """What is left, for somebody who wants more."""
    if book.copies == 0:
        return f"No copies of {shown(book.heading)} are available."
    verb = "is" if book.copies == 1 else "are"
    return (
        f"Only {copies(book.copies)} of {shown(book.heading)} {verb} available. You ordered {shown(f'{quantity:,}')}."
    )


def with_choice(data: QueryDict) -> QueryDict:
    """What was sent, with the book that was chosen in place of the beginning of its title.

    Not when it does not begin so: who chose, and then typed something else, means that.
    """
    book = find_book(data.get("chosen", ""))
    if book is None or not book.title_key.startswith(title_key(data.get("book", ""))):
        return data
    data = data.copy()
    data["book"] = book.number
    return data


class OrderForm(forms.Form):
    book = forms.CharField(
        label="Book",
        max_length=200,
        help_text="Its ISBN, or the beginning of its title.",
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "hx-get": reverse_lazy("order_new"),
                "hx-trigger": "input changed delay:200ms",
                "hx-sync": "this:replace",
                "hx-include": "[name=quantity]",
            }
        ),
        error_messages={
            "required": "Type the ISBN or the title of the book.",
            "max_length": "This is too long. An ISBN has 10 or 13 digits.",
        },
    )
    quantity = forms.IntegerField(
        label="Copies",
        initial=1,
        widget=forms.NumberInput(attrs={"min": 1, "inputmode": "numeric"}),
        error_messages={
            "required": "Enter how many copies you want.",
            "invalid": "Enter a whole number, such as 2.",
        },
    )

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data and with_choice(data), *args, **kwargs)
        if not data and not self.initial.get("book"):
            self.fields["book"].widget.attrs["autofocus"] = True
        # A NUL stands in no ISBN: the field's own sentence says so.
        box = self.fields["book"]
        box.validators = [v for v in box.validators if not isinstance(v, ProhibitNullCharactersValidator)]

    def clean_book(self) -> Book:
        text = self.cleaned_data["book"]
        book = find_book(text)
        if book is None:
            if titled(text).exists():  # none of them is ordered unseen
                raise ValidationError("Choose one of the books below.")
            raise ValidationError(f"No books match “{shown(text)}”. Check the ISBN, or scan the book first.")
        if book.state != Book.State.FILLED:
            raise ValidationError(not_yet(book))
        return book

    def clean_quantity(self) -> int:
        quantity: int = self.cleaned_data["quantity"]
        if quantity < 1:
            raise ValidationError("Order at least one copy.")
        return quantity

    def clean(self) -> dict[str, Any]:
        book, quantity = self.cleaned_data.get("book"), self.cleaned_data.get("quantity")
        if book and quantity and quantity > book.copies:
            self.add_error("quantity", too_many(book, quantity))
        return self.cleaned_data

    def out_of_stock(self) -> None:
        """Somebody else took the copies after this form had looked."""
        book = Book.objects.filter(pk=self.cleaned_data["book"].pk).first()
        quantity = self.cleaned_data["quantity"]
        if book is None:
            self.add_error("book", "This book is no longer in the catalogue.")
        elif book.state != Book.State.FILLED:
            self.add_error("book", not_yet(book))
        elif quantity > book.copies:
            self.add_error("quantity", too_many(book, quantity))
        else:
            self.add_error("quantity", "Somebody else ordered these copies and then cancelled. Send your order again.")
