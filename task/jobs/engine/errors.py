"""What may go wrong with a job, as the worker tells it apart."""

import random
from datetime import timedelta


class Temporary(Exception):
    """Try again later. `after` seconds if the other side said so, else longer each time.

    `counts=False` for a rate limit: waiting for one's turn is no fault.
    """

    def __init__(self, reason: str, *, after: float | timedelta | None = None, counts: bool = True) -> None:
        super().__init__(reason)
        self.after = after.total_seconds() if isinstance(after, timedelta) else after
        self.counts = counts


def backoff(faults: int, grows: float = 3.0) -> float:
    """Seconds until the next try after so many faults in a row: 4, each time longer, and no two jobs at once."""
    return 4 * grows ** max(0, faults - 1) * random.uniform(0.75, 1.25)


class Refused(Exception):
    """It can't be done, and trying again would not help: the sentence goes to the owner."""


class Misuse(Exception):
    """The task's code would lose or double work. The sentence says where and what to do instead."""


class Stop(BaseException):
    """Ends a task from inside; a BaseException, so that no `except Exception` of a task swallows it."""


class LeaseLost(Stop):
    """The row belongs to somebody else now, has ended, or shall end: nothing more may be committed."""


class HandOver(Stop):
    """The others' turn: back to the queue at the end of a step."""
