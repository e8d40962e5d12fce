"""One page of the desk as the browser tests visit it."""

from dataclasses import dataclass, field
from typing import Literal

Reader = Literal["stranger", "member", "staff"]


@dataclass
class Entry:
    name: str  # of the picture
    path: str
    reader: Reader = "member"
    status: int = 200
    fill: dict[str, str] = field(default_factory=dict)  # sent with the page's form: what comes back is looked at
