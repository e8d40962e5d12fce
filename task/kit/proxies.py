"""Who is asking, when proxies stand in between."""

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
