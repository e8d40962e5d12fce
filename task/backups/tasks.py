"""What a worker does for backups: makes one, tells the staff when it failed, and removes old ones."""

import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.template.defaultfilters import filesizeformat

from task.backups import discover
from task.backups.create import create, errors_in_words, heartbeat_of
from task.backups.models import PARTIAL, Backup, folder, name_of
from task.backups.retention import to_keep
from task.jobs import Now, job, reservation
from task.jobs.models import Job, State
from task.kit.staff import keys_of_staff

STEP = 50
RESTORED = "The desk was restored from a backup. Retry this job if you still want it."
FAILED_FOR = timedelta(days=7)  # how long a failed one is told of
BY_HAND_FOR = timedelta(hours=24)  # how long one that somebody asked for stays beside a newer one of its hour
DEAD_FOR = 24 * 3600  # seconds; a part that is younger may be just being made


@job("backups.back_up", title="Back up the desk", step_limit=3600)
def back_up(run: Any) -> None:
    """One archive of the database and the media files. There are no steps: what a dead worker left is begun anew."""
    backup = Backup.objects.filter(job=run.job).first()
    if backup is None:  # submitted by a schedule; the form saves its row with the job
        with reservation():
            backup, _ = Backup.objects.get_or_create(
                job=run.job, defaults={"name": name_of(run.job.created, run.job.pk)}
            )
    contents = create(run, backup)
    rows, files = sum(contents.manifest["rows"].values()), contents.manifest["media"]["files"]
    counts = f"{rows:,} row{'s'[: rows != 1]}, {files:,} media file{'s'[: files != 1]}"
    with run.finish(f"{filesizeformat(contents.size)}, read back: {counts}."):
        Backup.objects.filter(pk=backup.pk).update(**discover.good_columns(contents))
        run.then(remove_old_backups)


@back_up.ended
def end_backup(job: Job) -> None:
    if job.state == State.SUCCEEDED:
        return
    state = Backup.State.CANCELLED if job.state == State.CANCELLED else Backup.State.FAILED
    reason = job.error if job.state == State.FAILED else job.message
    columns = {"state": state, "stage": "", "reason": reason[:500]}
    name = name_of(job.created, job.pk)
    if not Backup.objects.filter(job=job).update(**columns) and job.state == State.FAILED:
        Backup.objects.create(job=job, name=name, **columns)
    if job.state == State.FAILED and job.error != RESTORED:
        email_staff.delay(backup=Backup.objects.values_list("pk", flat=True).get(job=job))


@back_up.retried
def reopen_backup(job: Job) -> None:
    row = Backup.objects.filter(job=job)
    now = row.annotate(now=Now()).values_list("now", flat=True).first()
    if now is not None:  # of this moment: what it holds is not what it would have held then
        row.update(state=Backup.State.WAITING, reason="", size=None, created=now, name=name_of(now, job.pk))


# A failed one is told


@job("backups.tell_staff", title="Tell staff that a backup failed", silent=True)
def email_staff(run: Any, backup: int) -> None:
    """One email, and one job, for each active member of the staff with an address."""
    keys = keys_of_staff()
    with run.finish("Sending 1 email." if len(keys) == 1 else f"Sending {len(keys):,} emails."):
        for key in keys:
            run.then(send_failure, backup=backup, person=key)


@job("backups.failure_email", title="Email about a failed backup", silent=True)
def send_failure(run: Any, backup: int, person: int) -> str:
    failed = Backup.objects.filter(pk=backup, state=Backup.State.FAILED).first()
    if failed is None:
        return "The backup was retried or removed, so no email was sent."
    user = get_user_model().objects.filter(pk=person, is_active=True, is_staff=True).first()
    if user is None or not user.email:
        return "This person is no longer staff, or has no address, so no email was sent."
    last = Backup.objects.filter(state=Backup.State.GOOD).order_by("-created").first()
    run.mail("emails/backup_failed", to=[user.email], context={"user": user, "backup": failed, "last": last})
    return "Email sent."


# Retention


@job("backups.retention", title="Delete old backups", step_limit=3600)
def remove_old_backups(run: Any) -> None:
    """The file first, then its row: what dies between them is a row whose file is gone, and the next turn has it.

    A file without a row is never removed, but listed: the rule is for what is known to be there.
    """
    old = Backup.objects.filter(pk__in=expired()).exclude(state=Backup.State.WAITING).order_by("pk")
    for backups in run.drain(old, size=STEP):
        with errors_in_words():
            for backup in backups:
                backup.path.unlink(missing_ok=True)
        with run.step() as tally:
            old.filter(pk__in=[backup.pk for backup in backups]).delete()
            tally["removed"] += len(backups)
    with errors_in_words():
        parts = remove_parts()
        found = discover.find_unlisted(heartbeat_of(run))
    removed = run.tally["removed"]
    words = ["1 old backup deleted." if removed == 1 else f"{removed or 'No'} old backups deleted."]
    if parts:
        words.append(f"{parts:,} part{'s'[: parts > 1]} of unfinished backups deleted.")
    missing = missing_files()
    with run.finish(" ".join([*words, *found.sentences()])):
        Backup.objects.filter(pk__in=missing).delete()
        discover.list_found(found)


def expired() -> list[int]:
    """A row whose file is lost keeps no place from one that is there; but it goes when it would have gone anyway."""
    good = list(Backup.objects.filter(state=Backup.State.GOOD, made__isnull=False).only("name", "made", "job"))
    there = {row for row in good if row.path.exists()}
    stay, known = (to_keep(row.made for row in rows if row.made) for rows in (there, good))
    by_hand = made_by_hand(row.job_id for row in there)
    bad = Q(state__in=(Backup.State.FAILED, Backup.State.CANCELLED), created__lt=Now() - FAILED_FOR)
    return [
        *(row.pk for row in there if row.made not in stay and row.job_id not in by_hand),
        *(row.pk for row in good if row not in there and row.made not in known),
        # One that has a file is for a person to look at.
        *(row.pk for row in Backup.objects.filter(bad).only("name") if not row.path.exists()),
    ]


def made_by_hand(jobs: Iterable[UUID]) -> set[UUID]:
    """Those of these jobs that a person sent a short time ago: back up, make a mistake, back up again."""
    recent = Job.objects.filter(owner__isnull=False, created__gte=Now() - BY_HAND_FOR)
    return set(recent.filter(pk__in=list(jobs)).values_list("pk", flat=True))


def missing_files() -> list[int]:
    """Good ones whose file is gone, once that has been told for long enough. Only rows: a file may come back."""
    good = Backup.objects.filter(state=Backup.State.GOOD, created__lt=Now() - FAILED_FOR).only("name")
    return [row.pk for row in good if not row.path.exists()]


def remove_parts() -> int:
    """What a worker left that died, once nobody can be at work on it. Returns how many."""
    count = 0
    for path in sorted(folder().iterdir()) if folder().is_dir() else []:
        if PARTIAL.fullmatch(path.name) and time.time() - path.stat().st_mtime > DEAD_FOR:
            path.unlink(missing_ok=True)
            count += 1
    return count
