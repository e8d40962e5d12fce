"""The tests' database on SQLite with its tables, made once a machine: migrating takes longer than most test files."""

import os
import shutil
import sqlite3
import tempfile
from hashlib import sha256
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection


def template() -> Path:
    """Another one for each set of migrations and packages."""
    root = Path(settings.BASE_DIR)
    written = [*sorted(root.glob("task/*/migrations/*.py")), *sorted(root.glob("tests/*/migrations/*.py"))]
    mark = sha256(repr([sqlite3.sqlite_version, *(config.name for config in apps.get_app_configs())]).encode())
    beside = [root / "requirements.txt", root / "tests/workbench/models.py", root / "task/books/models/near.py"]
    for path in [*written, *beside]:
        mark.update(path.read_bytes())
    return Path(tempfile.gettempdir()) / f"desk-tests-{os.getuid()}-{mark.hexdigest()[:16]}.sqlite3"


def bring() -> bool:
    """Whether it is there now."""
    if connection.vendor != "sqlite" or not template().exists():
        return False
    shutil.copyfile(template(), settings.DATABASES["default"]["TEST"]["NAME"])
    return True


def keep() -> None:
    if connection.vendor == "sqlite" and not template().exists():
        made = f"{template()}-{os.getpid()}"
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [made])
        os.replace(made, template())
