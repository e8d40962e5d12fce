"""An ISBN in the local catalogue at full size: a few reads by a key, however much is in it.

Of several records of an ISBN the best answers: one that has a title, then the one that says most (as in `choosing`),
then the one that was changed last. Of one key its latest revision counts, and none that is deleted since, or has become
another one, which has its ISBNs.
"""

import logging
import zlib
from collections.abc import Iterable, Sequence

from task.books.sources.choosing import fullness
from task.books.sources.dumps.batch import BLOCK, in_block
from task.books.sources.dumps.records import EDITION, Record, edition_of, isbn_key
from task.books.sources.dumps.store import FAULTS, opened
from task.books.sources.dumps.stores import Store
from task.books.sources.edition import Edition, Unreadable
from task.jobs import RetryLater

log = logging.getLogger("desk.sources")

MOST_RECORDS = 50  # of one ISBN or number that are looked at
MOST_STEPS = 5  # from a number to the one that it has become


def find(isbns: Sequence[str], source: str) -> dict[str, Edition | Unreadable]:
    """Those of `isbns` that it has: none where nothing was ever loaded. Raises RetryLater where it can't be read.

    It may be switched between two reads, and a place of the one before is another record's now. So an answer counts
    where the same catalogue is in place behind it: who reads holds no lock, and no load waits for look-ups.
    """
    for is_last in (False, False, True):
        try:
            with opened() as store:
                if store is None:
                    return {}
                before = store.facts()
                found = ((isbn, Question(store, source).edition(isbn)) for isbn in isbns)
                answer = {isbn: edition for isbn, edition in found if edition}
                if store.facts() == before:
                    return answer
        except (*FAULTS, zlib.error) as fault:
            if is_last:
                log.error("The local catalogue can't be read: %s", fault)
                raise RetryLater("The local catalogue can’t be read.") from fault
    raise RetryLater("The local catalogue is being replaced.", after=5)


class Question:
    """About one ISBN. A block that several of its records stand in is read once."""

    def __init__(self, store: Store, source: str) -> None:
        self.store, self.source = store, source
        self.blocks: dict[int, bytes] = {}

    def edition(self, isbn: str) -> Edition | Unreadable | None:
        key = isbn_key(isbn)
        if key is None:
            return None
        found = [
            (edition_of(record, self.record, self.source), record)
            for record in self.latest(EDITION, key)
            if self.stands(record)
        ]
        if not found:
            return None
        best, _ = max(found, key=lambda pair: (isinstance(pair[0], Edition), full(pair[0]), pair[1][2], pair[1][0]))
        return best

    def record(self, kind: int, number: int) -> Record | None:
        """Of a work or an author, or of the one that it has become."""
        for _ in range(MOST_STEPS):
            if record := next(iter(self.latest(kind, number)), None):
                return record
            moved = self.store.moved(kind, number)
            if moved is None or not moved[0]:
                return None
            number = moved[0]
        return None

    def latest(self, kind: int, key: int) -> Iterable[Record]:
        """The records under a key, of each number the latest revision."""
        latest: dict[int, Record] = {}
        for place in self.store.places(kind, key, MOST_RECORDS):
            record = self.at(place)
            before = latest.get(record[0])
            if before is None or record[1] >= before[1]:
                latest[record[0]] = record
        return latest.values()

    def at(self, place: int) -> Record:
        number = place // BLOCK
        if number not in self.blocks:
            self.blocks[number] = self.store.block(number)
        return in_block(self.blocks[number], place)

    def stands(self, record: Record) -> bool:
        moved = self.store.moved(EDITION, record[0])
        return moved is None or moved[1] < record[1]


def full(found: Edition | Unreadable) -> int:
    return fullness(found) if isinstance(found, Edition) else 0
