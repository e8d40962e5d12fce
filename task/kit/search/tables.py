"""What a database needs to know of an index."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WordTable:
    """Where the words of rows are kept: a table with `columns` of folded words, and its `key`, a number that grows.

    `words` names what the database searches by, which a migration makes, and no code writes. A search returns the
    columns `shown` of what it finds.
    """

    table: str
    key: str
    words: str
    columns: tuple[str, ...]
    shown: tuple[str, ...]
