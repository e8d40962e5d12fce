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
    by_address = _count("address", fold(email)) <= RESETS_PER_ADDRESS
    by_client = _count("client", client) <= RESETS_PER_CLIENT
    return by_address and by_client


def _count(what: str, whom: str) -> int:
    key = f"reset:{what}:{hashlib.sha256(whom.encode()).hexdigest()}"
    if cache.add(key, 1, HOUR):
        return 1
    try:
        return cache.incr(key)
    except ValueError:  # it ran out between the two
        return 1
