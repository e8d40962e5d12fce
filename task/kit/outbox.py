"""Where the desk's emails go: to mailboxes, or to the terminal in which it runs."""

from django.conf import settings
from django.core.mail.backends import console
from django.utils.module_loading import import_string


def emails_leave() -> bool:
    """Whether an email reaches a mailbox, so that it can show whose it is."""
    return not issubclass(import_string(settings.EMAIL_BACKEND), console.EmailBackend)


def where_emails_go() -> str:
    """A sentence where emails reach no mailbox, else ""."""
    return "" if emails_leave() else "On this desk, emails are printed in the terminal where it runs."
