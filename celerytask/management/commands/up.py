"""`manage.py up`: the whole desk on this machine. Prepares what is missing, then starts and watches it."""

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from signal import SIGTERM
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.text import get_text_list

from celerytask import local
from celerytask.supervisor import Supervisor
from celerytask.terminal import Terminal
from task.jobs.engine.maintenance import rescue_lapsed
from task.jobs.models import Worker
from task.kit.processes import die_with_parent


class Command(BaseCommand):
    help = "Starts everything on this machine: broker, worker, beat and web. Ctrl-C stops it."
    requires_system_checks: list[str] = []  # a second start is to be quick; `make lint` checks

    def add_arguments(self, parser: ArgumentParser) -> None:
        words = "stop when the process that started this ends (Linux)"
        parser.add_argument("--stop-with-parent", action="store_true", help=words)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["stop_with_parent"]:
            die_with_parent(SIGTERM)
        os.umask(0o077)  # what is written under VAR_DIR is nobody else's
        try:
            with local.lock_on(settings.VAR_DIR):
                local.check_port(settings.HOST, settings.PORT)
                programs = local.programs()
                supervisor = Supervisor(programs, Terminal(settings.VAR_DIR / "desk.log"))
                prepare(supervisor.say)
                supervisor.say(f"Starting {get_text_list([each.name for each in programs], 'and')}.")
                supervisor.run(f"Ready. Open {local.address()} in a browser. Ctrl-C here stops everything.")
        except KeyboardInterrupt:
            sys.exit(130)
        except DatabaseError as problem:
            why = (str(problem).strip() or type(problem).__name__).splitlines()[0]
            sys.exit(f"The database {settings.DATABASES['default']['NAME']} can't be used: {why}")
        except OSError as problem:
            sys.exit(f"The desk can't start: {problem}")


def prepare(say: Callable[[str], None]) -> None:
    """Says what takes long before it begins: a first start is silent for half a minute otherwise."""
    say("Preparing the database.")
    if missing := migrations_to_do():
        say(f"Bringing its tables up to date: {missing} migration{'' if missing == 1 else 's'}.")
    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)  # it makes what apps declare, too
    call_command("createcachetable", verbosity=0)
    if is_under(settings.VAR_DIR, settings.DATABASES["default"]):
        rescue_lapsed(all_running=True)  # whoever held these leases died with the last start
        Worker.objects.all().delete()
    connections.close_all()
    collect_static(settings.VAR_DIR / "static.stamp", say)


def migrations_to_do() -> int:
    executor = MigrationExecutor(connections["default"])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def is_under(folder: Path, database: dict[str, Any]) -> bool:
    """Whether the database is a file in the folder that we hold the lock on: then nobody else works in it."""
    return database["ENGINE"].endswith("sqlite3") and Path(database["NAME"]).resolve().is_relative_to(folder)


def collect_static(stamp: Path, say: Callable[[str], None]) -> None:
    """Collects only when a file has changed since the last time: compressing takes longest."""
    ways = [settings.STORAGES["staticfiles"], settings.WHITENOISE_KEEP_ONLY_HASHED_FILES]
    seen = sha256(json.dumps([*ways, *settings.WHITENOISE_SKIP_COMPRESS_EXTENSIONS], default=str).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            about = os.stat(storage.path(path))
            seen.update(f"{path}|{about.st_mtime_ns}|{about.st_size}\n".encode())
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    if manifest.exists() and stamp.exists() and stamp.read_text() == seen.hexdigest():
        return
    say("Collecting and compressing the static files.")
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(seen.hexdigest())
