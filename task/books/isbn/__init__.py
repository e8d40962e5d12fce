"""ISBNs as people type, paste, scan and export them.

`read` takes a text apart, piece by piece, and is how box, file, search and API read. Read in this order: `signs`,
`numbers` (one number), `layouts` (keyboards), `finding` (where in a line ISBNs are), `beside` (and what else is there),
`reading` (a text).
"""

from task.books.isbn.numbers import LONGEST, check_digit, fault_of, offers_of
from task.books.isbn.reading import LIMIT, Piece, read, to_isbn13
from task.books.isbn.signs import compact, shown, visible

__all__ = [
    "LIMIT", "LONGEST", "Piece", "check_digit", "compact", "fault_of", "offers_of", "read", "shown", "to_isbn13",
    "visible",
]  # fmt: skip
