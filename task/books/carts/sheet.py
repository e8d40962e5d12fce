"""What needs work as a CSV: to mend in a spreadsheet and to send again, row by row and each change once."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any
from uuid import uuid5

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.text import slugify
from django.views import View
from django.views.generic import FormView

from task.books.carts import accept, undo
from task.books.carts.accept import Sent
from task.books.carts.models import TEXT, Cart, Scan, ScanState
from task.books.carts.rows import Row, rows_of
from task.books.models import to_number
from task.kit.spreadsheets import escape_formula

COLUMNS = ("No.", "ISBN", "State", "Reason", "After", "Before", "Row")
MOST = 1_000  # changes of one file
BYTES = 2_000_000
A_PAGE = 2_000
SHORTENED = re.compile(r"[0-9]([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)  # 9.78035E+12


def sheet(cart: Cart, reader: Any) -> Iterator[str]:
    """The lines of the CSV, in the order of the pile. The byte order mark tells Excel that it is UTF-8."""
    yield "\ufeff" + line(COLUMNS)
    needy = cart.scans.needing_work().for_rows().in_pile()
    page = needy
    while scans := list(page[:A_PAGE]):
        yield from (line(cells(row)) for row in rows_of(cart, scans, reader)[0])
        page = needy.filter(behind(scans[-1]))


def behind(scan: Scan) -> Q:
    return Q(at__gte=scan.at) & (Q(at__gt=scan.at) | Q(pk__gt=scan.pk))


def cells(row: Row) -> tuple[str, ...]:
    titles = [row.after.heading if row.after else "", row.before.heading if row.before else ""]
    return (str(row.number), row.scan.text, row.state.label, row.reason, *titles, str(row.scan.pk))


def line(texts: tuple[str, ...]) -> str:
    out = StringIO()
    csv.writer(out).writerow(map(escape_formula, texts))
    return out.getvalue()


class SheetView(LoginRequiredMixin, View):
    def get(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        cart = get_object_or_404(Cart.objects.seen_by(request.user), pk=pk)
        name = f"{slugify(cart.name) or f'cart-{cart.pk}'}-needs-work.csv"
        return StreamingHttpResponse(
            sheet(cart, request.user), "text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )


# Back again


@dataclass
class Change:
    row: int
    text: str


def read_sheet(text: str) -> list[Change]:
    """What its rows say now. Raises ValueError, with a sentence, for another file."""
    head = text.lstrip("\ufeff").split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    try:
        rows = csv.DictReader(StringIO(text.lstrip("\ufeff")), delimiter=delimiter)
        if not {"ISBN", "Row"} <= set(rows.fieldnames or ()):
            raise ValueError("This is not the CSV of a cart. Its first row needs the columns “ISBN” and “Row”.")
        found = [
            Change(int(row["Row"]), (row["ISBN"] or "").lstrip("'").strip()[:TEXT])
            for row in rows
            if row["Row"] and row["Row"].isascii() and row["Row"].isdigit() and len(row["Row"]) < 19
        ]
    except csv.Error:
        raise ValueError("This file is not a CSV.") from None
    return found


@dataclass
class Mended:
    rows: int
    more: bool  # are left for another time
    shortened: int  # numbers, by the spreadsheet


def mend_all(cart: Cart, changes: list[Change], by: Any) -> Mended:
    """Take what somebody has changed, and each change once.

    A spreadsheet changes numbers by itself: it drops the zeros before them and shortens long ones. Such a row stays.
    """
    texts = {change.row: change.text for change in changes if change.text}
    needy = cart.scans.needing_work().for_rows().filter(pk__in=list(texts)[: 10 * MOST]).in_pile()
    changed = [scan for scan in needy.select_related("owner") if not is_same(texts[scan.pk], scan.text.strip())]
    typed = [scan for scan in changed if not SHORTENED.fullmatch(texts[scan.pk])]
    rows = sum(mend(scan, texts[scan.pk], cart, by) for scan in typed[:MOST])
    return Mended(rows, len(typed) > MOST, len(changed) - len(typed))


def is_same(text: str, was: str) -> bool:
    return text in (was, was.lstrip("0"))


def mend(scan: Scan, text: str, cart: Cart, by: Any) -> bool:
    if scan.state == ScanState.REFUSED:
        return accept.mend(scan, text)
    if scan.book is None or to_number(text) == scan.book.number:
        return False
    # It was read as another number: what it brought goes, and the right one comes in its place.
    accept.accept(scan.owner or by, [Sent(uuid5(scan.uuid, text), text, scan.at, Scan.Way(scan.way))], cart)
    return bool(undo.undo([scan.pk], by))


class SheetForm(forms.Form):
    file = forms.FileField(
        label="The mended CSV",
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )
    text = forms.CharField(
        label="Or paste its rows",
        required=False,
        max_length=BYTES,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="With the first row, which names the columns.",
    )

    def clean_file(self) -> str:
        file: Any = self.cleaned_data["file"]
        if file is None:
            return ""
        if file.size > BYTES:
            raise forms.ValidationError("This file is too large. Send the CSV of one cart.")
        content: bytes = file.read(BYTES + 1)
        if b"\0" in content:
            raise forms.ValidationError("This file is not a CSV. Save it as CSV and send it again.")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("cp1252", "replace")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        sent = cleaned.get("file") or cleaned.get("text")
        if not sent and not self.errors:
            raise forms.ValidationError("Choose the CSV or paste its rows.")
        try:
            return {"changes": read_sheet(sent or "")} if not self.errors else cleaned
        except ValueError as fault:
            raise forms.ValidationError(str(fault)) from None


class MendSheetView(LoginRequiredMixin, FormView):  # type: ignore[type-arg]
    form_class = SheetForm
    template_name = "carts/mend.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, cart=self.cart)

    @property
    def cart(self) -> Cart:
        cart: Cart = get_object_or_404(Cart.objects.seen_by(self.request.user), pk=self.kwargs["pk"])
        return cart

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated:
            self.cart  # noqa: B018  a stranger's is a 404 before anything is read
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        cart = self.cart
        mended = mend_all(cart, form.cleaned_data["changes"], self.request.user)
        rows = mended.rows
        words = f"{rows:,} row{'' if rows == 1 else 's'} mended." if rows else "No row had changed."
        messages.success(self.request, words + (" Send the file again for the rest." if mended.more else ""))
        if count := mended.shortened:
            numbers = "1 number like 9.78E+12 was" if count == 1 else f"{count:,} numbers like 9.78E+12 were"
            messages.warning(
                self.request,
                f"{numbers} left out: the spreadsheet has shortened what stood there. Download the CSV again, format "
                "the column “ISBN” as text, and correct it there.",
            )
        return redirect(cart)
