"""Where the pictures of covers are: below MEDIA_ROOT, named by what is in them, so that a name never means another one.

`Book.cover` is "fetched/…" or "own/…" and 32 letters. What was fetched is in no backup, since it can be fetched again.
"""

import os
import re
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from uuid import UUID

from django.conf import settings

from task.books.covers.pictures import Pictures

FETCHED, OWN, SENT = "fetched", "own", "sent"
FOLDER = "covers"
NAME = re.compile(rf"(?:{FETCHED}|{OWN})/[0-9a-f]{{32}}")
SIZES = ("s", "l")


def path_of(name: str, size: str) -> Path:
    """Raises ValueError for what is no name of ours."""
    if not NAME.fullmatch(name) or size not in SIZES:
        raise ValueError("No name of a cover.")
    kind, _, digest = name.partition("/")
    return Path(settings.MEDIA_ROOT) / FOLDER / kind / digest[:2] / f"{digest}-{size}.webp"


def sent(job_id: UUID) -> Path:
    """A picture as somebody sent it, until its job has made two of it."""
    return Path(settings.MEDIA_ROOT) / FOLDER / SENT / str(job_id)


def save(pictures: Pictures, kind: str) -> str:
    """Their name. They are whole on the disk when it returns; raises OSError where there is no room."""
    name = f"{kind}/{sha256(pictures.large).hexdigest()[:32]}"
    for size, content in zip(SIZES, (pictures.small, pictures.large), strict=True):
        path = path_of(name, size)
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(file.name, 0o644)
        os.replace(file.name, path)
    return name


def folders() -> list[Path]:
    """All that there may be; of a hundred thousand covers each has a few hundred."""
    root = Path(settings.MEDIA_ROOT) / FOLDER
    return [root / SENT, *(root / kind / f"{n:02x}" for kind in (FETCHED, OWN) for n in range(256))]


def name_of(path: Path) -> str:
    """The name of the cover that this file is of, or "" for what is left of one that was being written."""
    name = f"{path.parent.parent.name}/{path.stem[:-2]}"
    return name if NAME.fullmatch(name) else ""
