"""How often somebody may try. The counts are in the shared cache: all processes see them."""

import hashlib
from typing import Any

from axes.helpers import get_client_ip_address
from django.core.cache import cache
from django.http import HttpRequest

from task.jobs.keys import fold

HOUR = 3600
RESETS_PER_ADDRESS = 5  # an hour
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
    """Whether one of so many places was free. Each is taken for an hour, by one of all that ask at once."""
    key = f"reset:{what}:{hashlib.sha256(whom.encode()).hexdigest()}"
    keys = [f"{key}:{place}" for place in range(places)]
    taken = cache.get_many(keys)
    return any(cache.add(key, True, HOUR) for key in keys if key not in taken)
