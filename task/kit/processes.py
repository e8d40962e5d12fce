"""A process and its parent."""

import ctypes
import signal
import sys

# Loaded once and not after a fork, where another thread's lock could be held for ever.
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1


def die_with_parent(sign: signal.Signals = signal.SIGKILL) -> None:
    """On Linux the kernel sends `sign` here when the parent ends, however it does. Elsewhere: nothing."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, int(sign), 0, 0, 0)
