"""Python's clock, wrong by as many seconds as the file STORM_CLOCK says: in each process whose PYTHONPATH leads here.

What waits by the monotonic clock does not notice, as on a host whose clock is put right.
"""

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

FILE = Path(os.environ["STORM_CLOCK"])
EVERY = 0.3  # seconds between two looks into the file
travel: time_machine.travel | None = None
wrong_by = 0


def follow() -> None:
    global travel, wrong_by
    pause = threading.Event()
    while True:
        said = int(FILE.read_text())
        if said != wrong_by:
            if travel is not None:
                travel.stop()
            travel = time_machine.travel(datetime.now(UTC) + timedelta(seconds=said)) if said else None
            if travel is not None:
                travel.start()
            wrong_by = said
        pause.wait(EVERY)


def start() -> None:
    threading.Thread(target=follow, daemon=True).start()


os.register_at_fork(after_in_child=start)
start()
