"""ISBNs as people type, paste, scan and export them.

`read` takes a text apart, piece by piece, and is how box, file, search and API read; `parse` sorts the pieces of one
text into good ones and problems. Read in this order: `signs`, `numbers` (one number), `layouts` (keyboards), `finding`
(where in a line ISBNs are), `beside` (and what else is there), `reading` (a text), `parsing` (what a form is told).
"""

from task.books.isbn.numbers import LONGEST, check_digit, fault_of, offers_of
from task.books.isbn.parsing import LIMIT, MOST_PROBLEMS, MOST_REPEATS, Parsed, Problem, check, parse
from task.books.isbn.reading import Piece, read, to_isbn13
from task.books.isbn.signs import compact, shown, visible

__all__ = [
    "LIMIT", "LONGEST", "MOST_PROBLEMS", "MOST_REPEATS", "Parsed", "Piece", "Problem",
    "check", "check_digit", "compact", "fault_of", "offers_of", "parse", "read", "shown", "to_isbn13", "visible",
]  # fmt: skip
