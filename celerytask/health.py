"""Two questions of whoever runs the desk: does the web process live, and can the whole do its work?"""

from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from celerytask.celery import app
from task.jobs import Now
from task.jobs.models import Worker

FRESH = timedelta(seconds=20)  # a worker says every few seconds that it lives
CONNECT_SECONDS, ANSWER_SECONDS = 0.3, 0.5
REDIS_LIMITS = {"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": ANSWER_SECONDS}
AMQP_LIMITS = {"read_timeout": ANSWER_SECONDS, "write_timeout": ANSWER_SECONDS}


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The web process answers. Asks nothing else, so that a sick database restarts no web process."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200, or 503 and what is missing: {"ready": false, "missing": ["broker"]}."""
    missing = [name for name, check in CHECKS.items() if not answers(check)]
    response = JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)
    response._has_been_logged = True  # type: ignore[attr-defined]  # a probe a second is no error a second in the log
    return response


def any_host(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Before hosts are checked: balancers and containers ask by an address, which nobody has in ALLOWED_HOSTS."""
    views = {"/healthz": healthz, "/readyz": readyz}

    def answer(request: HttpRequest) -> HttpResponse:
        return views.get(request.path_info, get_response)(request)

    return answer


def answers(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # whatever a driver raises: what does not answer is missing
        return False


def database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def broker() -> bool:
    """One attempt by the transport itself: the connection around it would pause for 2 s and try again."""
    limits = AMQP_LIMITS if str(app.conf.broker_write_url).startswith(("amqp", "pyamqp")) else REDIS_LIMITS
    with app.connection_for_write(transport_options=limits, connect_timeout=CONNECT_SECONDS) as line:
        line.transport.close_connection(line.transport.establish_connection())
    return True


def worker() -> bool:
    """By the database's clock, as the workers write it."""
    return Worker.objects.filter(seen__gte=Now() - FRESH).exists()


CHECKS = {"database": database, "broker": broker, "worker": worker}
