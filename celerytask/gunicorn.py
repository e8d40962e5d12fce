"""How gunicorn serves the desk, local and at scale: `--config python:celerytask.gunicorn celerytask.wsgi`."""

import os
from typing import Any

from celerytask.supervisor import die_with_parent

LOCAL = os.environ.get("LOCAL") == "1"
host = os.environ.get("HOST") or ("127.0.0.1" if LOCAL else "0.0.0.0")  # noqa: S104 -- behind a platform's router
host = f"[{host}]" if ":" in host else host

bind = f"{host}:{os.environ.get('PORT') or 8000}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
preload_app = True  # Django is loaded once, and the workers share its memory
graceful_timeout = 3 if LOCAL else 30
forwarded_allow_ips = ""  # the settings decide by TRUSTED_PROXIES whose forwarded headers are believed
control_socket_disable = True  # else a socket appears in the home folder
loglevel = "warning" if LOCAL else "info"


def post_fork(server: Any, worker: Any) -> None:
    """A request worker must not outlive a master that was killed."""
    die_with_parent()
