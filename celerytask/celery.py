"""The Celery application. The broker only wakes a worker: what is to be done stands in the database (`task.jobs`)."""

import logging
import os
from typing import Any

from celery import Celery, signals
from celery.utils.log import get_multiprocessing_logger
from django.conf import settings

from celerytask import environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celerytask.settings")


class Desk(Celery):
    def on_configure(self) -> None:
        """Celery's hook, before it reads its first setting."""
        environment.check()


app = Desk("celerytask")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Celery closes the database connection around every task, whatever CONN_MAX_AGE says; this many tasks share one
# (PostgreSQL: 114 to 308 tasks a second). Broken ones are dropped before each job by `task.jobs.engine.executor`.
app.conf.update(CELERY_DB_REUSE_MAX=1000)
app.autodiscover_tasks()


@signals.celeryd_init.connect
@signals.beat_init.connect
def _refuse_an_old_schema(**_: Any) -> None:
    from celerytask import schema  # once Django is set up

    schema.check()


@signals.celeryd_init.connect
def _leave_out_the_banner(instance: Any, **_: Any) -> None:
    """Where every line is JSON, a picture is none."""
    instance.quiet = instance.quiet or settings.LOG_FORMAT == "json"


@signals.after_setup_logger.connect
@signals.after_setup_task_logger.connect
def _write_json(logger: logging.Logger, **_: Any) -> None:
    """Celery makes handlers of its own, with its own formats."""
    from celerytask import logs  # once Django is set up

    if settings.LOG_FORMAT == "json":
        for handler in [*logger.handlers, *get_multiprocessing_logger().handlers]:
            handler.setFormatter(logs.JsonLine())
