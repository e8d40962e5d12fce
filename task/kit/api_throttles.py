"""How often a program may ask. Each process counts for itself, and no request costs a write."""

from typing import Any

from django.conf import settings
from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from task.kit.later import has_waited
from task.kit.proxies import client_ip, network_of


class Throttle(SimpleRateThrottle):
    """So many requests a minute of one person, or of one address; counted by each process for itself."""

    scope = "everybody"

    @property
    def cache(self) -> Any:  # type: ignore[override]
        return caches["requests"]

    def allow_request(self, request: Request, view: Any) -> bool:
        return has_waited(request.META) or super().allow_request(request, view)  # it was counted when it came

    def get_ident(self, request: Any) -> str:
        return network_of(client_ip(request))

    def get_rate(self) -> str:
        return f"{settings.API_REQUESTS_A_MINUTE}/min"

    def get_cache_key(self, request: Request, view: Any) -> str:
        user: Any = request.user
        ident = f"person-{user.pk}" if user.is_authenticated else f"address-{self.get_ident(request)}"
        return f"throttle-{ident}"


class Refusals(Throttle):
    """So many requests a minute of one address that are nobody's. A good token there is answered all the same."""

    scope = "refusals"

    def get_rate(self) -> str:
        return f"{settings.API_REFUSALS_A_MINUTE}/min"

    def get_cache_key(self, request: Request, view: Any) -> str:
        return f"refusals-{self.get_ident(request)}"
