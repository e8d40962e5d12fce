"""What the two stores share: how what is read goes in, and how it is found. `sqlite` and `postgres` are its places."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from task.books.sources.dumps.batch import PILES, PLACE, Batch

TABLES = ("isbn", "work", "author")  # by the kind of a record
AT_ONCE = 200_000  # places that become a table in one transaction: about a second
STAYS = "The catalogue loaded before is still in use."
FULL = f"The disk is full, so the catalogue could not be loaded. {STAYS} Free some space, then retry."

Facts = dict[str, Any]
Row = tuple[Any, ...]


class Overtaken(Exception):
    """Somebody else is loading it."""


def moved_number(kind: int, number: int) -> int:
    return number * 4 + kind


class Loading:
    """The store that is being loaded. `facts` are those of the last transaction; who commits names them.

    All of it raises Fail with a sentence where the disk or the database refuses.
    """

    facts: Facts

    def changing(self, facts: Facts) -> AbstractContextManager[None]:
        """One transaction, which commits where nobody has committed since. Raises Overtaken."""
        raise NotImplementedError

    def put(self, table: str, columns: tuple[str, str], rows: Iterable[Row]) -> None:
        raise NotImplementedError

    def move(self, rows: list[Row]) -> None:
        """(number, where it leads, since which revision): the latest counts."""
        raise NotImplementedError

    def piles(self) -> Iterator[tuple[int, bytes]]:
        """In order. May be left in the middle."""
        raise NotImplementedError

    def remove_piles(self, last: int) -> None:
        raise NotImplementedError

    def switch(self, check: Callable[[], None]) -> None:
        """All of it is there: from now on it answers. Raises Overtaken where another has done so.

        `check` is asked last, once all is on the disk, and what it raises leaves the one before in place.
        """
        raise NotImplementedError

    def discard(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def begin(self, facts: Facts) -> None:
        with self.changing(facts):
            pass

    def add(self, batch: Batch, facts: Facts) -> None:
        """What a step has read. `facts` count the steps: a pile has a part of each."""
        step = facts["steps"]
        with self.changing(facts):
            self.put("block", ("id", "data"), batch.blocks())
            parts = ((pile << PLACE | step, batch.piles[pile].tobytes()) for pile in sorted(batch.piles))
            self.put("pile", ("id", "data"), parts)
            self.move([(moved_number(*key), each.to, each.revision) for key, each in sorted(batch.moved.items())])

    def arrange(self, facts: Facts) -> bool:
        """Some more of the piles become tables. Whether there were any."""
        last, places = self._next_places()
        if last is None:
            return False
        with self.changing(facts):
            for table, some in zip(TABLES, places, strict=True):
                self.put(table, ("key", "place"), ((each >> PLACE, each & (1 << PLACE) - 1) for each in sorted(some)))
            self.remove_piles(last)
        return True

    def _next_places(self) -> tuple[int | None, list[set[int]]]:
        last, count = None, 0
        places: list[set[int]] = [set() for _ in TABLES]
        for last, data in self.piles():
            some = memoryview(data).cast("Q")
            places[(last >> PLACE) // PILES].update(some)
            count += len(some)
            if count >= AT_ONCE:
                break
        return last, places


class Store:
    """The one in place: each question is a few reads by a key, however much is in it."""

    def rows(self, sql: str, *values: int) -> list[Row]:
        """Each table's name stands in [brackets], each value is a ?."""
        raise NotImplementedError

    def size(self) -> int:
        """Bytes on disk."""
        raise NotImplementedError

    def facts(self) -> Facts:
        ((found,),) = self.rows("SELECT value FROM [fact]")
        facts: Facts = json.loads(found)
        return facts

    def places(self, kind: int, key: int, most: int) -> list[int]:
        sql = f"SELECT place FROM [{TABLES[kind]}] WHERE key = ? ORDER BY place LIMIT ?"  # noqa: S608 -- ours
        return [place for (place,) in self.rows(sql, key, most)]

    def block(self, number: int) -> bytes:
        ((found,),) = self.rows("SELECT data FROM [block] WHERE id = ?", number)
        return bytes(found)

    def moved(self, kind: int, number: int) -> tuple[int, int] | None:
        """Where it leads, and since which revision."""
        sql = "SELECT target, revision FROM [moved] WHERE number = ?"
        found = self.rows(sql, moved_number(kind, number))
        return (found[0][0], found[0][1]) if found else None
