#!/usr/bin/env python
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celerytask.settings")
    command = sys.argv[1:2]
    # Nothing else sets it; the settings and every child of `up` read it. What restores a local desk is local too.
    if command == ["up"] or (command == ["restore"] and not os.environ.get("SECRET_KEY")):
        os.environ["LOCAL"] = "1"
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
