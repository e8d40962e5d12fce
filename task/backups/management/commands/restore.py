"""`manage.py restore FILE`: brings a backup back, into an empty place or, with --force, over what is there."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from task.backups.restoring import RestoreError, restore


class Command(BaseCommand):
    help = "Restores a backup: database and media files. Stop the desk first. Data that is there needs --force."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the backup: desk-….tar.gz")
        parser.add_argument(
            "--force", action="store_true", help="overwrite the database and media files that are there"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        os.umask(0o077)  # what is written is nobody else's
        try:
            restore(options["file"], force=options["force"], say=self.stdout.write)
        except RestoreError as reason:
            sys.exit(str(reason))
        except KeyboardInterrupt:
            sys.exit("Stopped before its end. Run the same command again.")
