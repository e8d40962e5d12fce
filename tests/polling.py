"""Waiting in tests: never for a fixed time, always for something, and never for ever."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(question: Callable[[], T], seconds: float = 10.0) -> T:
    """The first true answer; after the deadline the test fails with the last one."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not (answer := question()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {seconds:g} s; the last answer was {answer!r}")
        pause.wait(0.05)
    return answer
