"""`/metrics`, for whoever knows its token."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from task.metrics import requests
from task.metrics.families import OfRows

of_rows = OfRows()


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    if not settings.METRICS_TOKEN:
        raise Http404
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        words = "Send METRICS_TOKEN as Authorization: Bearer …\n"
        return refusal(words, status=401, headers={"WWW-Authenticate": "Bearer"})
    if not constant_time_compare(given.strip(), settings.METRICS_TOKEN):
        return refusal("This is not METRICS_TOKEN.\n", status=403)
    registry = CollectorRegistry()
    requests.register(registry)
    registry.register(of_rows)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type)


def refusal(words: str, **more: Any) -> HttpResponse:
    response = HttpResponse(words, content_type="text/plain; charset=utf-8", **more)
    response._has_been_logged = True  # type: ignore[attr-defined]  # every 15 seconds
    return response
