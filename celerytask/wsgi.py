"""The web process's door, for gunicorn or another server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celerytask.settings")

application = get_wsgi_application()
