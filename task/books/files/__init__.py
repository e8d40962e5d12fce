"""A file of books: what it is, how it is laid out, and its rows one after the other, in constant memory.

    layout = layout_of(file, "books.csv")  # raises FileFault, one sentence; `layout.question` may ask for the column
    for row in rows(file, layout, place):  # goes on behind any row: keep its `row.place`

A table that somebody pastes (`looks_like_table`) is read from `io.BytesIO(text.encode())`. A person's corrections are
arguments of `layout_of`, or `dataclasses.replace(layout, columns=Columns(…))`.

Nothing here knows Django or a database. Read in this order: `kinds` (what a file is), `texts` and `sheets` (records of
a CSV and of an XLSX), `columns` (which holds what), `marc` and `marc_book` (library records, and what they say), `own`
(a desk's own table), `tables` (the layout of a file), `reading` (its rows).
"""

from task.books.files.columns import Columns
from task.books.files.kinds import MOST_ROWS, SIZE, FileFault, Kind, TooManyRows, sniff
from task.books.files.reading import START, Place, Row, rows
from task.books.files.tables import DELIMITERS, Layout, layout_of, looks_like_table
from task.books.files.texts import ENCODINGS

__all__ = [
    "DELIMITERS", "ENCODINGS", "MOST_ROWS", "SIZE", "START", "Columns", "FileFault", "Kind", "Layout", "Place", "Row",
    "TooManyRows", "layout_of", "looks_like_table", "rows", "sniff",
]  # fmt: skip
