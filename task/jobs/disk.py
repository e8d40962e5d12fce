"""What all who write files ask of a disk."""

import errno
import os
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # errors that say it has no room


def to_disk(folder: Path) -> None:
    """The names in a folder are its own data: what was renamed in it stays so when the power goes."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
