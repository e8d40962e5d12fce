"""What a desk's host has of its own here: a small disk that can be filled, and a clock that can be put wrong."""

import ctypes
import os
import subprocess
from contextlib import suppress
from pathlib import Path

SIZE = 512  # MB, of memory
TRIES = 50
NEW_MOUNTS = 0x00020000  # CLONE_NEWNS of <sched.h>; Python has a word for it from 3.12 on


def mount_small_disk(folder: Path) -> bool:
    """A file system of its own, which this process and its children alone see. False: not allowed, as without root."""
    if os.getuid() or ctypes.CDLL(None).unshare(NEW_MOUNTS):
        return False
    size = f"size={SIZE}m,mode=755"
    commands = (["mount", "--make-rprivate", "/"], ["mount", "-t", "tmpfs", "-o", size, "desk", str(folder)])
    return all(subprocess.run(command, capture_output=True).returncode == 0 for command in commands)


def unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], capture_output=True)


def fill(folder: Path) -> Path:
    """Take what is free on the disk, to the last block. Returns the file to remove."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        for _ in range(TRIES):
            room = os.statvfs(folder)
            if not room.f_bavail:
                break
            with suppress(OSError):  # others write meanwhile
                os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), room.f_bavail * room.f_frsize)
    return ballast


def own_clock(file: Path) -> dict[str, str]:
    """The environment of processes whose clock is as wrong as `file` says."""
    set_clock(file, 0)
    return {"PYTHONPATH": str(Path(__file__).with_name("clock")), "STORM_CLOCK": str(file)}


def set_clock(file: Path, seconds: int) -> None:
    new = file.with_suffix(".new")
    new.write_text(str(seconds))
    new.replace(file)
