"""The desk's own settings, and one more app: an empty job beside an empty task of bare Celery."""

from celerytask.settings import *  # noqa: F403
from celerytask.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.bare"]
