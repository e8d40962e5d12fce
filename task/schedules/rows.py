"""A schedule as the page shows it: when, in words, its last job, its next time, what is wrong with it."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cron_descriptor import FormatException, MissingFieldException, Options, WrongArgumentException, get_description
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from kombu.utils import symbol_by_name

from task.face.drawing.times import when
from task.jobs import kinds, label_of
from task.jobs.models import Job
from task.schedules.declared import FIELDS

SHORT = (IntervalSchedule.SECONDS, IntervalSchedule.MICROSECONDS)
CLEANUP = "celery.backend_cleanup"  # beat brings it by itself
LAST = 5  # of so many jobs by name the newest: one that was asked for by hand is named after when its page was opened


def timetable() -> Any:
    """What the scheduler of beat goes by: it knows when a schedule is due, and what its jobs are called."""
    return symbol_by_name(settings.CELERY_BEAT_SCHEDULER).timetable


@dataclass
class Row:
    schedule: PeriodicTask
    when: str
    zone: str
    problem: str
    next: datetime | None
    last: Job | None
    token: str  # names the job that "run now" makes: pressed twice it is one

    @property
    def name(self) -> str:
        return name_of(self.schedule)

    @property
    def next_shape(self) -> str:
        return shape_of(self.schedule)

    @property
    def whose_clock(self) -> str:
        return whose_clock(self.schedule)

    @property
    def words(self) -> str:
        """What it does: as it is described, else what it starts."""
        if self.schedule.task == CLEANUP and not self.schedule.description:
            return "Deletes Celery’s records of tasks that ended more than a day ago."
        if self.schedule.description:
            return str(self.schedule.description)
        if self.schedule.task in kinds():
            return f"{label_of(self.schedule.task)}."
        return f"Starts “{self.schedule.task}”, a task of Celery's own."

    @property
    def can_run(self) -> bool:
        return self.schedule.task in kinds() and not self.problem


def row_of(schedule: PeriodicTask) -> Row:
    return Row(
        schedule=schedule,
        when=times_in_words(schedule),
        zone=zone_of(schedule),
        problem=timetable().problem_of(schedule),
        next=timetable().next_run(schedule),
        last=last_job(schedule),
        token=new_token(),
    )


def name_of(schedule: PeriodicTask) -> str:
    return "Nightly clean-up of Celery’s records" if schedule.name == CLEANUP else str(schedule.name)


def shape_of(schedule: PeriodicTask) -> str:
    """How the time of a run is written: with its seconds only where it runs every few of them."""
    interval = schedule.interval
    return "clock" if interval and interval.period in SHORT else "hour"


def zone_of(schedule: PeriodicTask) -> str:
    """Beside its times; "" where they are the same in all zones, as "every minute" is."""
    if not schedule.crontab:
        return ""
    minute, *others = [str(getattr(schedule.crontab, name)) for name in FIELDS]
    return "" if minute.startswith("*") and {*others} == {"*"} else str(schedule.crontab.timezone)


def whose_clock(schedule: PeriodicTask) -> str:
    """Behind the time of a run, which is the reader's: where the schedule's times are those of another zone."""
    return ", your time" if zone_of(schedule) not in ("", timezone.get_current_timezone_name()) else ""


def changes_clocks(schedule: PeriodicTask) -> bool:
    """Whether its times are those of a zone that knows summer time."""
    if not schedule.crontab:
        return False
    year, zone = timezone.now().year, ZoneInfo(str(schedule.crontab.timezone))
    return len({datetime(year, month, 1, tzinfo=zone).utcoffset() for month in range(1, 13)}) > 1


def last_job(schedule: PeriodicTask) -> Job | None:
    named = Job.objects.filter(timetable().runs_of(schedule.pk)).order_by("-unique_key").for_list()
    return max(named[:LAST], key=lambda job: job.created, default=None)


def new_token() -> str:
    milliseconds = int(timezone.now().timestamp() * 1000)
    return f"{milliseconds}by{secrets.token_hex(8)}"


def times_in_words(schedule: PeriodicTask) -> str:
    if schedule.crontab:
        return crontab_in_words(schedule.crontab)
    if schedule.interval:
        words = str(schedule.interval)
    elif schedule.clocked:
        return format_html("Once, on {}", when(schedule.clocked.clocked_time, "moment"))
    else:
        words = str(schedule.solar) if schedule.solar else "never"
    return words[:1].upper() + words[1:]


def crontab_in_words(crontab: CrontabSchedule) -> str:
    """ "At 03:30", "Every hour"; as it is written where that can't be said."""
    options = Options()
    options.use_24hour_time_format, options.locale_code = True, "en_US"
    text = " ".join(str(getattr(crontab, name)).replace(" ", "") for name in FIELDS)
    try:
        return str(get_description(text, options))
    except (FormatException, MissingFieldException, WrongArgumentException, ValueError, LookupError):
        return text
