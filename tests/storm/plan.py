"""What goes wrong, when and for how long: the same for the same seed."""

from dataclasses import dataclass
from random import Random

ANYWHERE = (
    "kill a pool process", "kill the worker", "kill the web process", "kill a process that answers requests",
    "kill beat", "stop a pool process past its lease", "stop the worker past its lease", "double the messages",
    "lose the messages", "fill the disk", "put the clock a minute ahead", "put the clock a minute back",
    "restart everything",
)  # fmt: skip
EMBEDDED = ("kill the broker", "fill the broker", "lock the database")
SERVICES = (
    "cut the line to the database", "cut the line to the broker", "silence the line to the database",
    "silence the line to the broker", "end all sessions of the database", "make the database read-only",
)  # fmt: skip
LEASE = 10.0  # seconds, of this desk
LASTS = {  # seconds; others are over at once
    "stop a pool process past its lease": LEASE + 3,
    "stop the worker past its lease": LEASE + 3,
    "fill the broker": 5.0,
    "fill the disk": 5.0,
    "put the clock a minute ahead": 8.0,
    "put the clock a minute back": 8.0,
    "lock the database": 8.0,
    "cut the line to the database": 4.0,
    "cut the line to the broker": 4.0,
    "silence the line to the database": 6.0,
    "silence the line to the broker": 6.0,
    "make the database read-only": 5.0,
}


@dataclass(frozen=True, order=True)
class Fault:
    at: float  # seconds after the load began
    name: str
    pick: int  # which of several processes

    @property
    def lasts(self) -> float:
        return LASTS.get(self.name, 0.0)


def plan(seed: int, *, faults: int, seconds: float, with_services: bool) -> list[Fault]:
    """Each kind of fault once before one comes again; everything is restarted at most once."""
    random = Random(f"plan {seed}")
    kinds = ANYWHERE + (SERVICES if with_services else EMBEDDED)
    names: list[str] = []
    while len(names) < faults:
        names += random.sample(kinds, k=len(kinds))
        kinds = tuple(kind for kind in kinds if kind != "restart everything")
    return sorted(Fault(random.uniform(1, seconds), name, random.randrange(100)) for name in names[:faults])
