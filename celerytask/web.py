"""The web process: `python -m celerytask.web` is gunicorn, once it is certain that the settings are right."""

import os
import sys
import tempfile

import django
from django.conf import settings

from celerytask import environment, schema


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celerytask.settings")
    environment.check()
    django.setup()
    schema.check()
    if settings.METRICS_TOKEN:  # where request workers add up what they count; it is looked for once, at an import
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="desk-metrics-")
    # Gunicorn reads it by itself, before it reads our file, and takes no empty one.
    os.environ["WEB_CONCURRENCY"] = str(settings.WEB_CONCURRENCY)
    from gunicorn.app.wsgiapp import run

    sys.argv = ["gunicorn", "--config", "python:celerytask.gunicorn", "celerytask.wsgi", *sys.argv[1:]]
    run()


if __name__ == "__main__":
    main()
