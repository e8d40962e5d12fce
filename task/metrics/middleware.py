"""Measures requests, and answers /metrics before hosts are checked: Prometheus asks each web process by its address."""

import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

from task.metrics.requests import SECONDS, route_of
from task.metrics.views import metrics


def measured(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    if not settings.METRICS_TOKEN:
        raise MiddlewareNotUsed

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path_info == "/metrics":
            return metrics(request)
        began = time.perf_counter()
        response = get_response(request)
        status = response.status_code
        labels = route_of(request, status), f"{status // 100}xx"
        SECONDS.labels(*labels).observe(time.perf_counter() - began)
        return response

    return answer
