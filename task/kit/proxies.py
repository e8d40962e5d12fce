"""Who is asking, when proxies stand in between."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """The address of the client: the one that the outermost of TRUSTED_PROXIES proxies saw, else the peer's.

    Only that many entries from the right of X-Forwarded-For are believed; what stands before them anyone can write.
    """
    peer: str = request.META.get("REMOTE_ADDR", "")
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    trusted = settings.TRUSTED_PROXIES
    return forwarded[-trusted] if trusted and len(forwarded) >= trusted else peer


def network_of(address: str) -> str:
    """What is counted for an address. Of IPv6 its network: whoever has one address there has all of them."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
