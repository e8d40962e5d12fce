"""Which of several records is the edition of an ISBN. A catalogue may answer with e-books, articles, or all it has.

1. The record names the ISBN itself, as 10 or 13 digits, in its own field for it (MARC21 020 $a, UNIMARC 010 $a or
   073 $a). A record that only refers to it, as an e-book to its print (776 $z), or names it as cancelled ($z), is none.
2. It describes a whole publication. Articles and chapters (leader/07 a, b, d) are none.
3. It has a title.
4. Of what is left print comes before online.
5. Then the fuller record: more of author, year, publisher, language and pages.
6. Then the one that the catalogue names first.

Two editions under one ISBN happen: it is the fuller of both, and both stay in the raw answer.
"""

from collections.abc import Sequence

from task.books.sources.edition import Blank, Edition, Unreadable
from task.books.sources.marc import Dialect, Record
from task.books.sources.texts import is_no_name, is_no_title

PARTS = frozenset("abd")  # of leader/07: a part of something larger
COUNTED = ("authors", "publish_date", "publishers", "language", "pages")


def of_isbn(records: Sequence[Record], isbn: str, dialect: Dialect) -> list[Record]:
    """Rules 1 and 2."""
    return [each for each in records if each.leader[7:8] not in PARTS and isbn in dialect.isbns(each)]


def choose(records: Sequence[Record], isbn: str, dialect: Dialect, source: str) -> Edition | Unreadable | None:
    """The edition of this ISBN among what a source has answered; Blank where its records have no title."""
    own = of_isbn(records, isbn, dialect)
    read = [(record, dialect.edition(record)) for record in own]
    for _, edition in read:
        edition.authors = [name for name in edition.authors if not is_no_name(name.name)]
    titled = [(record, e) for record, e in read if not is_no_title(e.title, has_author=bool(e.authors))]
    if not titled:
        return Blank(f"{source} knows this ISBN, but has no title for it.") if own else None
    record, best = min(titled, key=lambda pair: (dialect.is_online(pair[0]), -fullness(pair[1])))
    best.source = source
    best.raw = record.raw
    return best


def fullness(edition: Edition) -> int:
    return sum(bool(getattr(edition, name)) for name in COUNTED)
