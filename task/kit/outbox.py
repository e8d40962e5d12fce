"""Where the desk's emails go: to mailboxes, or to the terminal in which it runs."""

from typing import Any

from django.conf import settings
from django.core.mail.backends import console
from django.utils.module_loading import import_string


def emails_leave() -> bool:
    """Whether an email reaches a mailbox, so that it can show whose it is."""
    return not issubclass(import_string(settings.EMAIL_BACKEND), console.EmailBackend)


def where_emails_go(reader: Any) -> str:
    """Where emails reach no mailbox, a sentence for who can look there; else "".

    Staff can, and a visitor of a desk that only its own machine reaches. A member may be anywhere.
    """
    at_the_machine = settings.LOCAL and settings.IS_LOOPBACK and not reader.is_authenticated
    if emails_leave() or not (reader.is_staff or at_the_machine):
        return ""
    return "On this desk, emails are printed in the terminal where it runs."
