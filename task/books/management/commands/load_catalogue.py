"""`manage.py load_catalogue FILE…`: Open Library's dumps become the local catalogue, by a job."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from task.books.sources.dumps.lines import Stamp, refuse_other_files
from task.books.sources.dumps.tasks import BUSY, KIND, load_catalogue
from task.jobs import Fail, State
from task.jobs.models import Job


class Command(BaseCommand):
    help = (
        "Loads Open Library's dumps of editions, works and authors (ol_dump_….txt.gz, or unpacked) as the local "
        "catalogue, by a job. Name all files at once, in any order: they replace what was loaded before."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="ol_dump_editions_….txt.gz, …")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        paths = [str(path.resolve()) for path in dict.fromkeys(files)]
        try:
            for path in paths:
                refuse_other_files(Stamp.of(path))
        except Fail as reason:
            raise CommandError(str(reason)) from None
        if Job.objects.filter(kind=KIND, state__in=(State.QUEUED, State.RUNNING)).exists():
            raise CommandError(BUSY)
        job = load_catalogue.delay(files=paths)
        self.stdout.write(f"Follow it at {settings.SITE_URL}{reverse('job_detail', args=[job.pk])}")
