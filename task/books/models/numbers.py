"""What a book is called by: its ISBN, or a number of the library."""

import re

from django.db import models

from task.books.isbn import to_isbn13

LOCAL_NUMBER = re.compile(r"\s*L0*(\d{1,9})\s*", re.IGNORECASE | re.ASCII)


def to_number(text: str) -> str:
    """The number of a book as people write it: an ISBN in any spelling, or a local number; "" for anything else."""
    local = LOCAL_NUMBER.fullmatch(text[:50])
    return f"L{int(local[1]):06}" if local else to_isbn13(text) or ""


class LocalNumber(models.Model):
    """The last number that was given to a book without an ISBN: one row."""

    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"L{self.last:06}"

    @classmethod
    def next(cls) -> str:
        """A number of its own, for a book of this transaction."""
        return cls.next_few(1)[0]

    @classmethod
    def next_few(cls, count: int) -> list[str]:
        if not cls.objects.filter(pk=1).update(last=models.F("last") + count):
            cls.objects.get_or_create(pk=1)
            return cls.next_few(count)
        last = cls.objects.get(pk=1).last
        return [str(cls(last=number)) for number in range(last - count + 1, last + 1)]

    @classmethod
    def reach(cls, number: int) -> None:
        """The next one comes behind this number."""
        cls.objects.filter(pk=1, last__lt=number).update(last=number)
