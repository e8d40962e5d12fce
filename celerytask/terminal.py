"""What of all that the programs say a person at the terminal needs: the rest goes to a file.

Known chatter goes to the file, a known warning that somebody can act on is told once in our words, and everything else
is shown as it is: an email of a desk without a mail server, a fault, whatever nobody has thought of. What is shown is
not in the file: an email may carry a link that lets its reader in.
"""

import logging
import re
from logging.handlers import RotatingFileHandler
from pathlib import Path

LARGEST, KEPT = 2_000_000, 3  # bytes of a file, and how many older ones there are

ADVICE = {
    r"WARNING Memory overcommit must be enabled": (
        "If this machine runs out of memory, Linux may stop the broker from saving its queue. "
        "“sudo sysctl vm.overcommit_memory=1” prevents that."
    ),
    r"SecurityWarning: You're running the worker with superuser privileges": (
        "The desk is running as root. Start it as an ordinary user: that is enough."
    ),
}
CHATTER = re.compile(
    "|".join(
        (
            r"^\[\d{4}-\d\d-\d\d [\d:,]+: (DEBUG|INFO)/",  # of Celery and our own: what goes as it should
            r"^worker: (Warm|Cold) shutdown ",
            r"^\d+:signal-handler ",  # of the broker: it stops, as it was asked to
            r"^\d+:M .* # Valkey is now ready to exit",
            r"^\d+:M .* # WARNING You have Transparent Huge Pages",  # costs latency under a load no desk has
            # the rest of Celery's words to root
            r"^absolutely not recommended!",
            r"^Please specify a different user using the --uid option",
            r"^User information: uid=",
            r"^  _warn_or_raise_security_error\(",
        )
    )
)


class Terminal:
    """Decides line by line. `file`: where the rest goes; a disk that is full loses it, and stops nothing."""

    def __init__(self, file: Path) -> None:
        self.file = RotatingFileHandler(file, maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8", delay=True)
        self.file.setFormatter(logging.Formatter("%(asctime)s %(name)s | %(message)s"))
        self.file.handleError = lambda record: None  # type: ignore[method-assign]
        self.given: set[str] = set()
        self.left_out: set[str] = set()  # programs whose last line went to the file

    def __call__(self, name: str, line: bytes) -> bytes | None:
        """What the terminal shows of a program's line; None: nothing."""
        text = line.decode(errors="replace")
        shown = self._shown(name, text)
        if shown is None or shown != text:
            self.file.emit(logging.LogRecord(name, logging.INFO, "", 0, text, (), None))
        if shown is None:
            self.left_out.add(name)
            return None
        self.left_out.discard(name)
        return line if shown == text else shown.encode()

    def _shown(self, name: str, text: str) -> str | None:
        for warning, words in ADVICE.items():
            if re.search(warning, text):
                if words in self.given:
                    return None
                self.given.add(words)
                return words
        if CHATTER.search(text) or (not text.strip() and name in self.left_out):
            return None
        return text
