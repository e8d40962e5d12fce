"""How an app declares in its AppConfig, as `schedules`, which of its kinds run by themselves."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Schedule:
    """One row of the timetable, made at the next migrate; what staff change in it afterwards stays.

    It is known by its `key`: name and words may be written anew. `cron` is "minute hour day month weekday", `every` a
    number of seconds; it has one of the two.
    """

    name: str
    kind: str
    words: str  # a sentence for the staff
    cron: str = ""
    every: int = 0
    enabled: bool = True
    arguments: dict[str, Any] = field(default_factory=dict)
    key: str = ""  # where a kind has two schedules; else the kind's name
    formerly: tuple[str, ...] = ()  # names that it had on desks that knew no keys

    def __post_init__(self) -> None:
        if not self.key:
            object.__setattr__(self, "key", self.kind)
        if bool(self.cron) == bool(self.every):
            raise ValueError(f"The schedule “{self.name}” needs either `cron` or `every`.")
        if self.cron and len(self.cron.split()) != 5:
            raise ValueError(f"The schedule “{self.name}” needs five fields in `cron`, not “{self.cron}”.")
