"""What a job did to names: the one that remains, and undo."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from task.books.merging.changing import now_of, why_not
from task.books.merging.models import NameChange
from task.jobs.models import Job

Panel = tuple[str, dict[str, Any]]


def change_of(request: HttpRequest, job: Job) -> Panel | None:
    wanted = job.arguments.get("change")
    rows = NameChange.objects.filter(Q(job=job.pk) | Q(undo_job=job.pk), pk=wanted)
    change = rows.select_related("job", "undo_job").first()
    if change is None:
        return None
    name, other, at_work = now_of(change)
    may_undo = request.user.is_staff and not why_not(change, name, other, at_work)
    shown = [row for row in (name, other) if row and not row.merged_into_id]
    return "merging/_made.html", {"change": change, "names": shown, "may_undo": may_undo}
