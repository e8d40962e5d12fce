"""Every number of the engine in one table. Each is a setting of Django's: `JOBS_LEASE_SECONDS = 60`.

The desk's own settings read each from the environment, too.
"""

from typing import Any, Generic, TypeVar

from django.conf import settings

T = TypeVar("T")


class Number(Generic[T]):
    """One row of the table: what holds unless the settings say otherwise, and what it is for.

    Zero of most would be a loop without a pause, or nothing at all: `may_be_zero` says of which it makes sense.
    """

    def __init__(self, default: T, words: str, *, may_be_zero: bool = False, most: int = 1_000_000) -> None:
        self.default, self.words, self.may_be_zero, self.most = default, words, may_be_zero, most

    def __set_name__(self, owner: type, name: str) -> None:
        self.setting = f"JOBS_{name}"

    def __get__(self, instance: Any, owner: Any = None) -> T:
        found: T = getattr(settings, self.setting, self.default)
        return found


class Conf:
    # A job that a worker has
    LEASE_SECONDS = Number(30.0, "How long a claim holds unless it is renewed.")
    RENEW_SECONDS = Number(10.0, "How often a worker renews the lease of the job that it runs.")
    TURN_SECONDS = Number(0.5, "How long a job runs before it yields its turn to others that wait.", may_be_zero=True)
    STEP_LIMIT_SECONDS = Number(300.0, "How long a job may commit nothing before it counts as hung.")
    STOP_SECONDS = Number(8.0, "How long a worker that gets TERM waits for the open step.", may_be_zero=True)
    # What went wrong
    MAX_FAULTS = Number(5, "So many faults in a row without a committed step fail a job.")
    BACKOFF_SECONDS = Number(
        4.0, "The pause after the first fault; each further one is three times as long.", may_be_zero=True
    )
    HISTORY = Number(50, "So many unusual events a job keeps.")
    # What makes sure
    MAINTENANCE_SECONDS = Number(5.0, "How often each worker looks for what nobody works on.")
    MAINTENANCE_ROWS = Number(500, "So many jobs it takes at a time.")
    NOTIFY_SECONDS = Number((10.0, 60.0, 300.0, 3600.0), "The pauses before a job that waits is notified again.")
    UNKNOWN_KIND_SECONDS = Number(
        600.0, "After so long staff are told that no worker knows a job's kind.", may_be_zero=True
    )
    # The broker, as a form waits for it
    CONNECT_SECONDS = Number(0.3, "How long to wait for a connection to the broker.")
    ANSWER_SECONDS = Number(0.5, "How long to wait for the broker's answer.")
    # How long ended jobs stay; 0: for ever
    KEEP_DAYS = Number(30, "Days that ended jobs stay which nobody owns.", may_be_zero=True, most=36_500)
    KEEP_OWNED_DAYS = Number(365, "Days that ended jobs stay which somebody owns.", may_be_zero=True, most=36_500)


conf = Conf()


def table() -> list[Number[Any]]:
    return [row for row in vars(Conf).values() if isinstance(row, Number)]
