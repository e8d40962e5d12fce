"""Two questions of whoever runs the desk: does the web process live, and can the whole do its work?"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from task.jobs.pages.readiness import readiness


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The web process answers. Asks nothing else, so that a sick database restarts no web process."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200, or 503 and what is missing: {"ready": false, "missing": ["broker"]}. Why, staff read on /jobs/."""
    missing = list(readiness.problems())
    response = JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)
    response._has_been_logged = True  # type: ignore[attr-defined]  # a probe a second is no error a second in the log
    return response


def any_host(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Before hosts are checked: balancers and containers ask by an address, which nobody has in ALLOWED_HOSTS."""
    views = {"/healthz": healthz, "/readyz": readyz}

    def answer(request: HttpRequest) -> HttpResponse:
        return views.get(request.path_info, get_response)(request)

    return answer
