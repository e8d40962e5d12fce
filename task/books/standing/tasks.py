"""What sources answered is kept for a year."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from task.books.models import SourceAnswer, SourceDay
from task.books.standing.states import DAYS
from task.jobs import Now, Run, job

A_YEAR = timedelta(days=365)
STEP = 500


def old_answers() -> "QuerySet[SourceAnswer]":
    return SourceAnswer.objects.filter(asked_at__lt=Now() - A_YEAR)


@job("books.remove_answers", title="Delete old answers of sources", label="Delete old answers")
def remove_old_answers(run: Run) -> None:
    """With what was counted longer ago than the page of the sources looks back."""
    for answers in run.drain(old_answers().order_by("asked_at", "id").only("pk"), size=STEP):
        with run.step() as tally:
            tally["removed"] += old_answers().filter(pk__in=[answer.pk for answer in answers]).delete()[0]
    count = run.tally["removed"]
    with run.finish(f"{count:,} old answer{'' if count == 1 else 's'} deleted."):
        SourceDay.objects.filter(day__lt=timezone.now().date() - timedelta(days=2 * DAYS)).delete()
