"""How often somebody may try. The counts are in the shared cache: all processes see them."""

import hashlib
import time
from typing import Any

from axes.helpers import get_client_ip_address
from django.core.cache import cache
from django.db import OperationalError
from django.http import HttpRequest

from task.kit.keys import fold

HOUR = 3600
RESETS_PER_ADDRESS = 5  # in an hour of the clock
RESETS_PER_CLIENT = 30


def axes_username(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """One count an account, however its address is written: else capitals would buy more tries."""
    typed = (credentials or {}).get("username") or request.POST.get("username") or ""
    return fold(str(typed).strip())[:254]


def may_ask_for_reset(request: HttpRequest, email: str) -> bool:
    """Count this request, and say whether a job may be made of it. Knows nothing of accounts."""
    client = get_client_ip_address(request) or ""
    # The client first: one that is over its limit must not use up what an address may have from others.
    return _takes_a_place("client", client, RESETS_PER_CLIENT) and _takes_a_place(
        "address", fold(email), RESETS_PER_ADDRESS
    )


def _takes_a_place(what: str, whom: str, places: int) -> bool:
    """Whether one of the places of this hour was free. Each is taken once, by one of all that ask at once.

    The next hour has places of its own: the database cache does not give an old one to one alone.
    """
    hour = int(time.time() // HOUR)
    key = f"reset:{what}:{hashlib.sha256(whom.encode()).hexdigest()}:{hour}"
    keys = [f"{key}:{place}" for place in range(places)]
    taken = cache.get_many(keys)
    for key in keys:
        if key in taken:
            continue
        if cache.add(key, True, 2 * HOUR):
            return True
        if not cache.get(key):  # the database cache says the same when it can't write, and nobody has the place
            raise OperationalError("The cache can't be written")
    return False
