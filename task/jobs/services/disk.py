"""Files that a job writes below MEDIA_ROOT."""

from collections.abc import Iterator
from contextlib import contextmanager

from task.jobs.engine.errors import Fail
from task.kit.disk import NO_SPACE


@contextmanager
def disk_faults() -> Iterator[None]:
    """What a disk refuses is a sentence for the owner. Raises Fail."""
    try:
        yield
    except OSError as fault:
        if fault.errno in NO_SPACE:
            words = "The disk is full, so the file could not be written. Free some space, then retry."
        else:
            why = fault.strerror or type(fault).__name__
            words = f"The file could not be written ({why}). An administrator needs to check MEDIA_ROOT; then retry."
        raise Fail(words) from fault
