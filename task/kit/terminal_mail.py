"""Emails of a desk without a mail server: at the terminal, as their readers would see them."""

import re
import sys
import textwrap
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends import console

# What a terminal would do, and not show: somebody's name may be in an email
_COMMANDS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class EmailBackend(console.EmailBackend):
    """To, subject and the plain text, instead of a message in MIME that says all of it twice.

    To the process's own output: a worker's `sys.stdout` is Celery's log.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"stream": sys.__stdout__, **kwargs})

    def write_message(self, message: EmailMessage) -> None:
        head = f"To: {', '.join(message.recipients())}\nSubject: {message.subject}"
        text = _COMMANDS.sub("", f"{head}\n\n{message.body.strip()}")
        self.stream.write(f"Email\n{textwrap.indent(text, '  ')}\n\n")
