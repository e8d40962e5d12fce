"""The Celery application. The broker only wakes a worker: what is to be done stands in the database (`task.jobs`)."""

import os
from typing import Any

from celery import Celery, signals

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
