"""ISBNs as people type, paste, scan and export them.

`read` takes a text apart, piece by piece, and is how box, file, search and API read; `parse` sorts the pieces of one
text into good ones and problems. Read in this order: `numbers` (one number), `reading` (a text), `parsing` (a form's).
"""

from task.books.isbn.numbers import LONGEST, check_digit, compact, fault_of, shown, to_isbn13, visible
from task.books.isbn.parsing import LIMIT, MOST_PROBLEMS, MOST_REPEATS, Parsed, Problem, check, parse
from task.books.isbn.reading import Piece, read

__all__ = [
    "LIMIT", "LONGEST", "MOST_PROBLEMS", "MOST_REPEATS", "Parsed", "Piece", "Problem",
    "check", "check_digit", "compact", "fault_of", "parse", "read", "shown", "to_isbn13", "visible",
]  # fmt: skip
