"""What has become of each row of a file, on the page of its cart."""

from dataclasses import dataclass
from typing import Any

from task.books.carts.figures import Figures
from task.books.carts.models import Cart, ScanState
from task.books.files.models import Upload

WORDS = {
    ScanState.LOOKING_UP: "Their titles appear as they are found.",
    ScanState.FOUND: "New in the catalogue.",
    ScanState.COPY: "In the catalogue, with more copies now.",
    ScanState.KNOWN: "No copy was added.",
    ScanState.NOT_FOUND: "No source has them.",
    ScanState.FAILED: "Their look-up failed or was cancelled.",
    ScanState.REFUSED: "These are not ISBNs. Correct them below, then send them again.",
    ScanState.UNDONE: "Undone, or removed since.",
    ScanState.DISMISSED: "Somebody has dismissed them.",
}


@dataclass(frozen=True)
class Account:
    sent: Upload
    lines: list[tuple[str, str, int, str]]  # state, `?state=` of its tab, how many, words
    mended: int  # rows that came from mending others

    @property
    def total(self) -> int:
        return self.sent.rows_read


def account_of(cart: Cart, figures: Figures) -> Account | None:
    """None: it is no file's, or the file is gone."""
    if not cart.is_file:
        return None
    sent: Any = Upload.objects.filter(cart=cart).order_by("-id").first()
    if sent is None:
        return None
    lines = [(state.label, state.value, figures.counts[state], words) for state, words in WORDS.items()]
    lines.append(("no ISBN", "", sent.left, "Not entered."))
    lines.append(("no ISBN", "", sent.entered_before, "In the catalogue already."))
    rest = sent.rows_read - sum(line[2] for line in lines)  # what is counted is some seconds old in a large cart
    if cart.undo_job_id:
        lines.append(("undone", "", max(0, rest), "Not added: the cart was undone."))
    else:
        lines.append(("waiting", "", max(0, rest), "To come."))
    return Account(sent, [line for line in lines if line[2]], max(0, -rest))
