#!/usr/bin/env python
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

# Where one of these is set it is a server's environment, or a half of it: there nothing becomes a local desk by itself.
OF_A_SERVER = (
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "SITE_URL",
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "DJANGO_SETTINGS_MODULE",
)


def is_of_the_local_desk(command: str, arguments: list[str]) -> bool:
    if command == "up":
        return True
    if os.environ.get("LOCAL") or any(argument.startswith("--settings") for argument in arguments):
        return False  # somebody has decided
    if command == "restore":  # needs no key, and a backup may go into any database
        return not (os.environ.get("SECRET_KEY") or os.environ.get("SECRET_KEY_FILE"))
    return not any(os.environ.get(name) or os.environ.get(f"{name}_FILE") for name in OF_A_SERVER)


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if is_of_the_local_desk(command, sys.argv[2:]):
        os.environ["LOCAL"] = "1"  # nothing else sets it; the settings and every child of `up` read it
        if command != "makemigrations":
            os.umask(0o077)  # what is written under VAR_DIR is nobody else's
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celerytask.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
