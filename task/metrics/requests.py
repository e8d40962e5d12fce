"""How many requests the web processes answer, and how fast: each counts for itself."""

import os
from contextlib import suppress

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

SECONDS = Histogram(
    "desk_web_request_seconds",
    "From a request's arrival at Django to its answer. Of a stream, to its beginning.",
    ["route", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
    registry=None,
)


def register(registry: CollectorRegistry) -> None:
    """What all request workers of this gunicorn have counted, if they share a folder (`celerytask.web`)."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(SECONDS)


def route_of(request: HttpRequest, status: int) -> str:
    """The name of the address and never the address itself: whoever asks for nonsense makes no new series."""
    match = request.resolver_match
    if match is None and status < 400:  # answered before Django looked for the view
        with suppress(Resolver404):
            match = resolve(request.path_info)
    return match.view_name if match else "none"
