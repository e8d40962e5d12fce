"""What a restored database is told before anybody works with it: nothing old is sent again, nothing old runs."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils.module_loading import import_string
from kombu.utils import symbol_by_name

from task.backups import discover
from task.backups.archive import Contents
from task.backups.models import Backup
from task.backups.tasks import RESTORED
from task.jobs import end_restored
from task.jobs.models import Job, State, Worker

GAP = 1000
ROUNDS = 20  # an end hook may submit a job, whose end hook may submit one


def finish_restore(contents: Contents) -> list[str]:
    """Bring the tables to this version, and end what had not ended. Returns sentences for who restores."""
    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    call_command("createcachetable", verbosity=0)
    end_own_backup(contents)
    skip_numbers()
    ended = end_unfinished()
    Worker.objects.all().delete()
    found = discover.find_unlisted()
    discover.list_found(found)
    for config in apps.get_app_configs():
        if name := getattr(config, "after_restore", ""):
            import_string(name)()
    cache.clear()
    if apps.is_installed("django.contrib.sessions"):
        apps.get_model("sessions", "Session").objects.all().delete()  # a session that had ended since then is no way in
    if apps.is_installed("django_celery_beat"):
        # Else each schedule would be due at once, for all the time since the backup.
        timetable = symbol_by_name(settings.CELERY_BEAT_SCHEDULER).timetable
        timetable.from_now_on(apps.get_model("django_celery_beat", "PeriodicTask").objects.all())
    sentences = []
    if ended:
        sentences.append(f"{ended:,} unfinished job{' is' if ended == 1 else 's are'} failed now: {RESTORED}")
    return [*sentences, *found.sentences()]


def skip_numbers() -> None:
    """Numbers given out since the backup stand in emails of then: they are given to nobody else.

    How many there were, nobody knows any more. Every table's next number lies GAP further on.
    """
    with connection.cursor() as cursor:
        for sequence in connection.introspection.sequence_list():
            if connection.vendor == "postgresql":
                cursor.execute("SELECT setval(%s, nextval(%s) + %s)", [sequence["name"], sequence["name"], GAP])
                continue
            cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [GAP, sequence["table"]])
            if not cursor.rowcount:
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [sequence["table"], GAP])


def end_own_backup(contents: Contents) -> None:
    """In its own database this backup was just being made. It is good: we have read it to its end."""
    key = contents.manifest["job"]
    Backup.objects.filter(job_id=key).update(**discover.good_columns(contents))
    job = Job.objects.filter(pk=key).active().first()
    if job is not None:
        end_restored(job, State.SUCCEEDED, message="The desk was restored from this backup.")


def end_unfinished() -> int:
    count = 0
    for turn in range(ROUNDS):
        jobs = Job.objects.active().order_by("created", "id")
        if not jobs.exists():
            break
        for job in walk(jobs):
            end_restored(job, hooks=turn < ROUNDS - 1, error=RESTORED)
            count += 1
    return count


def walk(jobs: Any, size: int = 500) -> Iterator[Job]:
    """Those that there are now, some at a time; what is submitted meanwhile is for the next round."""
    keys = list(jobs.values_list("pk", flat=True))
    for place in range(0, len(keys), size):
        yield from Job.objects.filter(pk__in=keys[place : place + size])
