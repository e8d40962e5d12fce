"""How gunicorn serves the desk, local and at scale. `celerytask.web` starts it."""

import os
import shutil
from typing import Any

from django.conf import settings
from gunicorn.glogging import Logger

from celerytask.logs import JsonLine
from task.kit.processes import die_with_parent

bind = f"[{settings.HOST}]:{settings.PORT}" if ":" in settings.HOST else f"{settings.HOST}:{settings.PORT}"
worker_class = "celerytask.web_worker.PatientWorker"  # gthread, of which nobody holds a thread by being slow
worker_connections = 500  # open at once in each worker, whoever sleeps in them
workers = settings.WEB_CONCURRENCY
threads = settings.WEB_THREADS
preload_app = True  # Django is loaded once, and the workers share its memory
graceful_timeout = 3 if settings.LOCAL else 30
forwarded_allow_ips = ""  # the settings decide by TRUSTED_PROXIES whose forwarded headers are believed
control_socket_disable = True  # else a socket appears in the home folder
loglevel = "warning" if settings.LOCAL else "info"


class JsonLogger(Logger):
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLine())


if settings.LOG_FORMAT == "json":
    logger_class = JsonLogger


def post_fork(server: Any, worker: Any) -> None:
    """A request worker must not outlive a master that was killed."""
    die_with_parent()


def on_exit(server: Any) -> None:
    """The master's folder of metrics (`celerytask.web`)."""
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        shutil.rmtree(folder, ignore_errors=True)
