"""The Django project: settings, Celery, addresses, and the one command that starts everything."""

from celerytask.celery import app as celery_app

__all__ = ["celery_app"]
