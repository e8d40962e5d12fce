"""Jobs that schedules begin and nobody owns: a summary for the staff, clearing up, two examples."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django_celery_results.models import TaskResult

from task.jobs import Now, Run, job
from task.jobs.conf import conf
from task.jobs.models import ACTIVE, FirstAnswer, Job
from task.kit.search.upkeep import due, write
from task.kit.staff import keys_of_staff
from task.schedules.figures import summary_of

RETENTION_STEP = 500


def expired_jobs(*, owned: bool) -> QuerySet[Job]:
    """Jobs that ended long ago, oldest first. Those that still have children come once these are gone."""
    days = conf.KEEP_OWNED_DAYS if owned else conf.KEEP_DAYS
    if not days:
        return Job.objects.none()
    old = Now() - timedelta(days=days)
    ended = Job.objects.filter(owner__isnull=not owned, created__lt=old, finished__lt=old)
    children = Job.objects.filter(parent=OuterRef("pk"))
    return ended.exclude(state__in=ACTIVE).filter(~Exists(children)).order_by("created", "id").only("pk")


def chunks(cursor: list[bool] | None) -> Iterator[tuple[list[Job], list[bool]]]:
    """First of nobody, then of people; what a step has deleted comes no more."""
    for owned in (False, True) if cursor is None else cursor:
        before: list[Job] = []
        while (jobs := list(expired_jobs(owned=owned)[:RETENTION_STEP])) and jobs != before:
            before = jobs
            yield jobs, [False, True][owned:]


@job("schedules.retention", title="Delete old jobs")
def remove_old_jobs(run: Run) -> str:
    """Deletes jobs and what Celery noted of them, never a feature's row: each bears it that its job is gone."""
    if not conf.KEEP_DAYS and not conf.KEEP_OWNED_DAYS:
        return "JOBS_KEEP_DAYS and JOBS_KEEP_OWNED_DAYS are 0, so all jobs are kept."
    for jobs in run.walk(chunks):
        keys = [each.pk for each in jobs]
        old = expired_jobs(owned=True) | expired_jobs(owned=False)  # not one that somebody retried meanwhile
        with run.step() as tally:
            TaskResult.objects.filter(task_id__in=[str(key) for key in keys]).delete()
            _, deleted = old.filter(pk__in=keys).delete()
            gone = ~Exists(Job.objects.filter(pk=OuterRef("job")))
            FirstAnswer.objects.filter(gone, job__in=keys).delete()
            tally["deleted"] += deleted.get(Job._meta.label, 0)
    return "{deleted} old jobs deleted."


@job("schedules.index", title="Index what is new for the search")
def index_for_search(run: Run) -> str:
    """Jobs that have come since the last time; and all that was here before its app had an index of words."""
    for work, rows in run.walk(due):
        with run.step(done=len(rows)) as tally:
            work(rows)
            tally["rows"] += len(rows) if work is write else 0
    count = run.tally["rows"]
    return f"{count:,} row{'' if count == 1 else 's'} indexed."


@job("schedules.summary", title="Summary of the last 24 hours")
def summarise(run: Run) -> str:
    """A mail of its own for each of the staff, so that one bad address keeps no other from hearing."""
    until = run.job.created
    since = until - timedelta(days=1)
    span = {"since": since.isoformat(), "until": until.isoformat()}
    people = keys_of_staff()
    with run.finish("Summaries being sent: {asked}.") as tally:
        for person in people:
            run.then(send_summary, person=person, **span)
            tally["asked"] += 1
    return ""


@job("schedules.send_summary", title="Summary email", silent=True)
def send_summary(run: Run, person: int, since: str, until: str) -> str:
    reader = get_user_model()._default_manager.filter(pk=person, is_staff=True, is_active=True).first()
    if reader is None or not reader.email:
        return "This person is no longer staff, or has no address, so no email was sent."
    summary = summary_of(datetime.fromisoformat(since), datetime.fromisoformat(until))
    run.mail("emails/summary", to=[reader.email], context={"user": reader, "summary": summary})
    return "Summary sent."


@job("schedules.tick", title="Tick", label="Do nothing, as an example")
def tick(run: Run) -> str:
    return "Ticked."


@job("schedules.good_morning", title="Good morning", label="Say good morning, as an example")
def say_good_morning(run: Run) -> str:
    return f"Good morning. In {settings.TIME_ZONE} it is {timezone.localtime():%A, %d %B %Y}."
