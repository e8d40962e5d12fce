"""What may go wrong with a job, as the worker tells it apart."""

import random
from datetime import timedelta

from task.jobs.conf import conf


class RetryLater(Exception):
    """Try again later: `after` seconds if the other side said so, else longer each time. It counts as a fault."""

    counts = True

    def __init__(self, reason: str, *, after: float | timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after.total_seconds() if isinstance(after, timedelta) else after


class Snooze(RetryLater):
    """The same, and no fault: a rate limit, or somebody else's turn. It may come as often as it likes."""

    counts = False


def backoff(faults: int, grows: float = 3.0) -> float:
    """Seconds until the next try after so many faults in a row: each time longer, and no two jobs at once."""
    return conf.BACKOFF_SECONDS * grows ** max(0, faults - 1) * random.uniform(0.75, 1.25)


class Fail(Exception):
    """It can't be done, and trying again would not help: the sentence goes to the owner."""


class Misuse(Exception):
    """The developer's code would lose or double work. The sentence says where and what to do instead."""


class Stop(BaseException):
    """Ends a task from inside; a BaseException, so that no `except Exception` of a task swallows it."""


class LeaseLost(Stop):
    """The row belongs to somebody else now, has ended, or is to end: nothing more may be committed."""


class YieldTurn(Stop):
    """The others' turn: back to the queue at the end of a step."""
