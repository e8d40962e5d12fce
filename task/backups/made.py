"""The backup that a job made."""

from typing import Any

from django.http import HttpRequest

from task.backups.models import Backup
from task.jobs.models import Job

Panel = tuple[str, dict[str, Any]]


def backup_of(request: HttpRequest, job: Job) -> Panel | None:
    """For staff, as the list of backups is. Also one that failed has its row there; it is not made."""
    backup: Any = Backup.objects.filter(job=job.pk, state=Backup.State.GOOD).first() if request.user.is_staff else None
    if backup is None:
        return None
    backup.is_missing = not backup.path.exists()
    return "backups/_made.html", {"backup": backup}
