"""What backups bring to the home page: a failed one, for staff, until a newer one is good or somebody dismisses it."""

from typing import Any

from django.http import HttpRequest

from task.backups.models import Backup


def attention(request: HttpRequest) -> tuple[str, dict[str, Any]] | None:
    if not request.user.is_staff:
        return None
    newest = {}
    for state in (Backup.State.GOOD, Backup.State.FAILED):
        newest[state] = Backup.objects.filter(state=state).order_by("-created").first()
    bad, good = newest[Backup.State.FAILED], newest[Backup.State.GOOD]
    if bad is None or (good is not None and good.created > bad.created):
        return None
    if bad.job and bad.job.dismissed_at:
        return None
    return "backups/_home_attention.html", {"backup": bad, "last": good}
