"""How often somebody may try. The counts are in the shared cache: all processes see them."""

import hashlib
import math
import time
from typing import Any

from axes.helpers import get_client_ip_address, get_cool_off, get_failure_limit
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError
from django.http import HttpRequest

from task.accounts.identity import email_key
from task.kit.proxies import network_of

HOUR, DAY = 3600, 86_400
RESETS_PER_ADDRESS = 5  # in an hour of the clock
RESETS_PER_CLIENT = 30
SIGNUP_EMAILS_A_DAY = 3  # to one mailbox, invitations among them
INVITATIONS_A_DAY = 20  # of one person


def axes_username(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """One count an account, however its address is written: else capitals would buy more tries."""
    typed = (credentials or {}).get("username") or request.POST.get("username") or ""
    return email_key(str(typed))[:254]


def client_of(request: HttpRequest) -> str:
    """The address that is counted."""
    return network_of(get_client_ip_address(request) or "")


def allow_reset(request: HttpRequest, email: str) -> bool:
    """Count this request, and say whether a job may be made of it. Knows nothing of accounts."""
    # The client first: one that is over its limit must not use up what an address may have from others.
    return _within_limit("reset:client", client_of(request), RESETS_PER_CLIENT) and _within_limit(
        "reset:address", email_key(email), RESETS_PER_ADDRESS
    )


def why_no_sign_up(request: HttpRequest, unique_key: str | None) -> str:
    """Count this sign-up. A sentence when too many came from the same address, else ""."""
    if _within_limit("sign-up:client", client_of(request), settings.SIGNUPS_AN_HOUR, whose=unique_key):
        return ""
    return f"Too many people have signed up from this network in the last hour. Try again in {_left(HOUR)}."


def why_no_sign_up_email(email: str, unique_key: str | None) -> str:
    """Count this email, whether the mailbox has an account or not. A sentence when there were enough today, else ""."""
    if _within_limit("sign-up:mailbox", email_key(email), SIGNUP_EMAILS_A_DAY, DAY, unique_key):
        return ""
    sent = f"We have sent {SIGNUP_EMAILS_A_DAY} emails to {email} today. You can ask for another in {_left(DAY)}."
    return f"{sent} Look in your spam folder, and check how the address is spelled."


def why_no_invitation(person: Any, email: str, unique_key: str | None) -> str:
    """Count this invitation. A sentence when the person sent enough today, or the mailbox got enough, else ""."""
    # The person first: one who is over the limit must not use up what a mailbox may have from others.
    if not _within_limit("invite:person", str(person.pk), INVITATIONS_A_DAY, DAY, unique_key):
        return f"You have sent {INVITATIONS_A_DAY} invitations today. You can send another in {_left(DAY)}."
    if not _within_limit("sign-up:mailbox", email_key(email), SIGNUP_EMAILS_A_DAY, DAY, unique_key):
        return f"We have sent {SIGNUP_EMAILS_A_DAY} emails to {email} today. You can send another in {_left(DAY)}."
    return ""


class PasswordTries:
    """How often an account's current password may be typed wrong where one is logged in: as often as at the log-in."""

    def __init__(self, account: Any) -> None:
        cool_off = get_cool_off()
        self.seconds = int(cool_off.total_seconds()) if cool_off else HOUR
        # Whoever may type it here is logged in as this account, wherever from.
        self.counted = "password", str(account.pk), get_failure_limit(None, None), self.seconds

    def count_one(self) -> bool:
        """Before the password is looked at: so many at once have no more tries than one after the other."""
        return _within_limit(*self.counted)

    def are_over(self) -> bool:
        keys = _places(*self.counted)
        return len(cache.get_many(keys)) == len(keys)

    def forget(self) -> None:
        cache.delete_many(_places(*self.counted))

    @property
    def left(self) -> int:
        return left(self.seconds)

    @property
    def sentence(self) -> str:
        return f"Too many wrong passwords. Try again in {_left(self.seconds)}, or log out and reset the password."


def _within_limit(scope: str, key_of: str, limit: int, seconds: int = HOUR, whose: str | None = None) -> bool:
    """Whether one of the places of this hour was free. Each is taken once, by one of all that ask at once.

    A submission, by its name `whose`, takes one however often it is sent.
    """
    keys = _places(scope, key_of, limit, seconds)
    taken = cache.get_many(keys)
    for key in keys:
        if key not in taken and cache.add(key, whose or True, 2 * seconds):
            return True
        holder = taken.get(key) or cache.get(key)
        if holder is None:  # the database cache says the same when it can't write, and nobody has the place
            raise OperationalError("The cache can't be written")
        if whose and holder == whose:
            return True
    return False


def _places(what: str, whom: str, places: int, seconds: int) -> list[str]:
    """Their keys. The next hour has places of its own: the database cache does not give an old one to one alone."""
    key = f"{what}:{hashlib.sha256(whom.encode()).hexdigest()}:{int(time.time() // seconds)}"
    return [f"{key}:{place}" for place in range(places)]


def left(seconds: int) -> int:
    """Seconds until the next so many of the clock begin."""
    return math.ceil(seconds - time.time() % seconds)


def _left(seconds: int) -> str:
    """The same in words."""
    minutes = math.ceil(left(seconds) / 60)
    if minutes > 90:
        return f"{math.ceil(minutes / 60)} hours"
    return f"{minutes} minutes" if minutes > 1 else "a minute"
