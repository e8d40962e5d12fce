"""What a restored catalogue begins with: its fetched covers are in no backup, and an old one has no index."""

from task.books.covers.tasks import fetch_again
from task.books.search.tasks import begin_if_due


def begin() -> None:
    fetch_again()
    begin_if_due()
