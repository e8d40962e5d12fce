"""An email address and a username as they are stored and compared, in whatever letters somebody typed them.

First fold, then check: a check of what was typed says nothing about what is stored. Two texts with one key are one.
"""

import unicodedata
from contextlib import suppress

from task.kit.keys import fold

LONGEST = 320  # of an email; what is longer is none, and is not worth the work


def plain(text: str) -> str:
    """Without the forms that letters have for typesetting: `ｂｏｂ` is `bob`, `ﬁnn` is `finn`."""
    return unicodedata.normalize("NFKC", text).strip()


def plain_email(text: str) -> str:
    """An address with the domain that mail to it goes to: of `ｅｘａｍｐｌｅ。com` that is `example.com`."""
    if len(text) > LONGEST:
        return text
    name, at, domain = plain(text).rpartition("@")
    domain = domain.lower()
    with suppress(UnicodeError):  # it is no domain, as the form will say
        # Besides the letters' forms, IDNA knows three more full stops, and drops what can't be seen.
        domain = domain.encode("idna").decode("idna").lower()
    return plain(f"{name}{at}{domain}")


def username_key(text: str) -> str:
    return fold(plain(fold(plain(text))))


def email_key(text: str) -> str:
    return username_key(plain_email(text))
