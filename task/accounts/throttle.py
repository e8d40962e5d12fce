"""How often somebody may try. The counts are in the shared cache: all processes see them."""

import hashlib
import time
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
    if _count("client", client) > RESETS_PER_CLIENT:
        return False
    return _count("address", fold(email)) <= RESETS_PER_ADDRESS


def _count(what: str, whom: str) -> int:
    """How many it is with this one, in the hour that began with the first."""
    key = f"reset:{what}:{hashlib.sha256(whom.encode()).hexdigest()}"
    now = time.time()
    # Not `cache.incr`: the database cache then forgets when the hour ends.
    number, ends = cache.get(key) or (0, now + HOUR)
    if ends <= now:
        number, ends = 0, now + HOUR
    cache.set(key, (number + 1, ends), ends - now)
    return int(number) + 1
