"""What a step has read: records in compressed blocks, and on which pile their places go."""

import json
import zlib
from array import array
from collections.abc import Iterator

from task.books.sources.dumps.records import EDITION, Line, Moved, Record

BLOCK = 32  # records
PILES = 1 << 12  # of each kind
RANGE_OF_ISBNS, RANGE_OF_NUMBERS = 20, 16  # bits: what lies in one of these is on one pile
PLACE = 32  # bits of a place, behind its number in 64


class Batch:
    def __init__(self, first_block: int) -> None:
        self.first_block = first_block
        self.records: list[bytes] = []
        self.piles: dict[int, array[int]] = {}
        self.moved: dict[tuple[int, int], Moved] = {}

    def __len__(self) -> int:
        return len(self.records) + len(self.moved)

    def add(self, line: Line) -> None:
        place = self.first_block * BLOCK + len(self.records)
        self.records.append(
            json.dumps(line.record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        )
        bits = RANGE_OF_ISBNS if line.kind == EDITION else RANGE_OF_NUMBERS
        for key in line.keys:
            pile = line.kind * PILES + min(key >> bits, PILES - 1)
            self.piles.setdefault(pile, array("Q")).append(key << PLACE | place)

    def move(self, moved: Moved) -> None:
        before = self.moved.get((moved.kind, moved.number))
        if before is None or moved.revision >= before.revision:
            self.moved[moved.kind, moved.number] = moved

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        for number, start in enumerate(range(0, len(self.records), BLOCK), self.first_block):
            yield number, zlib.compress(b"\n".join(self.records[start : start + BLOCK]))

    @property
    def next_block(self) -> int:
        return self.first_block + -(-len(self.records) // BLOCK)


def in_block(block: bytes, place: int) -> Record:
    record: Record = json.loads(zlib.decompress(block).split(b"\n")[place % BLOCK])
    return record
