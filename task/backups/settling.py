"""What a restored database is told before anybody works with it: nothing old is sent again, nothing old runs."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction
from django.utils.dateparse import parse_datetime

from task.backups.archive import Contents, Damaged, Hashed, NotABackup, drain, head_of
from task.backups.models import NAME, Backup, folder
from task.backups.tasks import RESTORED
from task.jobs.clock import Now
from task.jobs.ending import UNLEASED, end
from task.jobs.models import ACTIVE, Job, State, Worker
from task.jobs.swap import swap

ROUNDS = 20  # an end hook may submit a job, whose end hook may submit one


def settle(contents: Contents, path: Path) -> list[str]:
    """Bring the tables to this version, and end what had not ended. Returns sentences for who restores."""
    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    call_command("createcachetable", verbosity=0)
    tell_own_backup(contents)
    ended = end_unfinished()
    Worker.objects.all().delete()
    found = adopt_files()
    cache.clear()
    if apps.is_installed("django.contrib.sessions"):
        apps.get_model("sessions", "Session").objects.all().delete()  # a session that had ended since then is no way in
    if apps.is_installed("django_celery_beat"):
        # Else each schedule would be due at once, for all the time since the backup.
        apps.get_model("django_celery_beat", "PeriodicTask").objects.update(last_run_at=Now())
        apps.get_model("django_celery_beat", "PeriodicTasks").update_changed()
    told = []
    if ended:
        told.append(f"{ended:,} unfinished job{' is' if ended == 1 else 's are'} failed now: {RESTORED}")
    if found:
        told.append(
            f"{found:,} backup{'' if found == 1 else 's'} in {folder()} {'is' if found == 1 else 'are'} listed."
        )
    return told


def tell_own_backup(contents: Contents) -> None:
    """In its own database this backup was just being made. It is good: we have read it to its end."""
    manifest = contents.manifest
    Backup.objects.filter(job_id=manifest["job"]).update(
        state=Backup.State.GOOD, stage="", reason="", made=parse_datetime(manifest["made"]), size=contents.size,
        sha256=contents.sha256, rows=sum(manifest["rows"].values()), files=manifest["media"]["files"],
    )  # fmt: skip
    job = Job.objects.filter(pk=manifest["job"], state__in=ACTIVE).first()
    if job is not None:
        end_quietly(job, State.SUCCEEDED, message="The desk was restored from this backup.")


def end_unfinished() -> int:
    count = 0
    for turn in range(ROUNDS):
        jobs = Job.objects.filter(state__in=ACTIVE).order_by("created", "id")
        if not jobs.exists():
            break
        for job in walk(jobs):
            end_quietly(job, State.FAILED, hooks=turn < ROUNDS - 1, error=RESTORED)
            count += 1
    return count


def walk(jobs: Any, size: int = 500) -> Iterator[Job]:
    """Those that there are now, some at a time; what is submitted meanwhile is for the next round."""
    keys = list(jobs.values_list("pk", flat=True))
    for place in range(0, len(keys), size):
        yield from Job.objects.filter(pk__in=keys[place : place + size])


def end_quietly(job: Job, state: State, *, hooks: bool = True, **columns: str) -> None:
    """End a job as a worker would, with its feature's hooks, but ring for nothing that they submit."""
    guard = {"state": job.state}
    if hooks:
        with suppress(Exception), transaction.atomic():
            end(job, state, guard, **columns)
            connection.run_on_commit.clear()
            return
    # A hook that fails must not keep a job alive.
    swap(job.pk, guard, state=state, finished=Now(), cancel_requested=False, **UNLEASED, **columns)


def adopt_files() -> int:
    """List the backups in BACKUP_DIR that this older database knows nothing of: else they would count as left over."""
    count = 0
    for path in sorted(folder().iterdir()) if folder().is_dir() else []:
        name = NAME.fullmatch(path.name)
        if not name or Backup.objects.filter(name=path.name, state=Backup.State.GOOD).exists():
            continue
        try:
            made = datetime.fromisoformat(head_of(path)["made"])
            with path.open("rb") as file:
                stream = Hashed(file)
                drain(stream)
        except (NotABackup, Damaged, OSError, KeyError, TypeError, ValueError):
            continue
        Backup.objects.update_or_create(
            job_id=name[2],  # it may have been waiting when this database was copied
            defaults={
                "name": path.name, "state": Backup.State.GOOD, "created": made, "made": made, "reason": "",
                "size": stream.size, "sha256": stream.sum.hexdigest(),
            },
        )  # fmt: skip
        count += 1
    return count
