"""How gunicorn serves the desk, local and at scale: `--config python:celerytask.gunicorn celerytask.wsgi`."""

import os
from typing import Any

from django.conf import settings

from celerytask import environment
from celerytask.supervisor import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celerytask.settings")
environment.check()

host = settings.HOST if settings.LOCAL else environment.text("HOST", "0.0.0.0")  # noqa: S104 -- behind a router
host = f"[{host}]" if ":" in host else host

bind = f"{host}:{settings.PORT}"
worker_class = "gthread"
workers = settings.WEB_CONCURRENCY
threads = settings.WEB_THREADS
preload_app = True  # Django is loaded once, and the workers share its memory
graceful_timeout = 3 if settings.LOCAL else 30
forwarded_allow_ips = ""  # the settings decide by TRUSTED_PROXIES whose forwarded headers are believed
control_socket_disable = True  # else a socket appears in the home folder
loglevel = "warning" if settings.LOCAL else "info"


def post_fork(server: Any, worker: Any) -> None:
    """A request worker must not outlive a master that was killed."""
    die_with_parent()
