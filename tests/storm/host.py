"""What a desk's host has of its own here: a small disk that can be filled, and a clock that can be put wrong."""

import ctypes
import os
import subprocess
from glob import glob
from pathlib import Path

SIZE = 512  # MB, of memory
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
        while free := os.statvfs(folder).f_bavail:
            os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), free * os.statvfs(folder).f_frsize)
            file.seek(0, os.SEEK_END)
    return ballast


def own_clock(file: Path) -> dict[str, str]:
    """The environment of processes whose clock is as wrong as `file` says; empty without Debian's libfaketime."""
    found = glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not found:
        return {}
    set_clock(file, 0)
    return {
        "LD_PRELOAD": found[0],
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": "1",  # seconds between two looks into the file
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DISABLE_SHM": "1",  # a killed process would leave its part of it
    }


def set_clock(file: Path, seconds: int) -> None:
    new = file.with_suffix(".new")
    new.write_text(f"{seconds:+d}\n")
    new.replace(file)
