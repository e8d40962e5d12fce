"""What all who write files ask of a disk."""

import errno
import os
import re
from pathlib import Path

NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # errors that say it has no room


def remove_stale(folder: Path, pattern: str, attempt: int) -> None:
    """Remove the working files (`….<attempt>.<end>`) of earlier attempts, whose workers died. `pattern` is a glob.

    Not one's follower's: a worker that was taken for dead may come back, and another is at its work by then.
    """
    for left in folder.glob(pattern):
        found = re.fullmatch(r".*\.([0-9]+)\.[^.]+", left.name)
        if found and int(found[1]) < attempt:
            left.unlink(missing_ok=True)


def fsync_folder(folder: Path) -> None:
    """The names in a folder are its own data: what was renamed in it stays so when the power goes. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
