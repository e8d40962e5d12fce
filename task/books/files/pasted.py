"""A table that somebody pastes into the scan box is a file: its rows are looked at before they are added."""

from typing import Any

from django.core.files.base import ContentFile

from task.books.carts.accept import Sent
from task.books.carts.models import Scan
from task.books.files import sending
from task.books.files.kinds import FileFault
from task.books.files.models import Upload
from task.books.files.tables import looks_like_table

NAME = "Pasted table.csv"
MOST_OF_TABLE = 500_000  # characters


def is_table(sent: Sent) -> bool:
    return sent.way == Scan.Way.BOX and looks_like_table(sent.text)


def save_table(owner: Any, sent: Sent) -> Upload | None:
    """The same one, sent twice, is one file. None: it is no table."""
    if not is_table(sent):
        return None
    content: Any = ContentFile(sent.text.encode("utf-8", "replace"), NAME)
    try:
        return sending.save(owner, content)
    except FileFault:
        return None
