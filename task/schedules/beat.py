"""How beat runs a schedule of a kind of job: it saves the job itself, under the name of the time that was due.

So a broker that is away loses no run, and two beats, or one that was killed and started again, do no work twice: a name
can be saved once. Other tasks are sent as messages, as Celery does.
"""

import logging
from datetime import datetime, timedelta
from typing import Any, ClassVar

from celery.schedules import schedstate, schedule
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, close_old_connections
from django.db.models import Q
from django_celery_beat.models import PeriodicTask, PeriodicTasks
from django_celery_beat.schedulers import SCHEDULE_SYNC_MAX_INTERVAL, DatabaseScheduler, ModelEntry

from task.jobs import kinds, publish
from task.schedules import timetable
from task.schedules.due import Aligned, last_due, next_due
from task.schedules.timetable import TOLERANCE, done_until, has_run_once, name_of_run, now, problem_of

log = logging.getLogger("desk.beat")
AGAIN = timedelta(seconds=1)  # when the database was away


class JobEntry(ModelEntry):
    """A schedule as beat holds it. `last_run_at` is the last time that was due, not when beat came to it."""

    due: datetime | None = None  # of the run that is to be made now

    def __init__(self, model: PeriodicTask, app: Any = None) -> None:
        # Of a new one with a start Celery would think that it has missed thirty years.
        model.last_run_at = done_until(model)
        super().__init__(model, app=app)
        times = model.schedule
        if isinstance(times, schedule):
            self.schedule = Aligned(times.run_every, app=self.app)
        self.schedule.nowfun = now

    def _default_now(self) -> datetime:
        return now()

    def _disable(self, model: PeriodicTask) -> None:
        """Without writing back the row as it was read. If somebody changed it since then it stays, and is read anew."""
        runs = 0 if model.one_off else model.total_run_count
        unchanged = PeriodicTask.objects.filter(pk=model.pk, enabled=True, date_changed=model.date_changed)
        if unchanged.update(enabled=False, last_run_at=None, total_run_count=runs):
            model.enabled, model.last_run_at, model.total_run_count = False, None, runs
            PeriodicTasks.update_changed()

    def is_due(self) -> schedstate:
        if self.model.enabled and has_run_once(self.model):
            self._disable(self.model)
            return schedstate(False, AGAIN.total_seconds())
        state = super().is_due()
        if not state.is_due:
            return state
        due = last_due(self.schedule, now())
        too_early = due is None or (self.model.start_time is not None and due < self.model.start_time)
        if too_early or due <= self.last_run_at:
            following = next_due(self.schedule, now())
            return schedstate(False, (following - now()).total_seconds() if following else 3600.0)
        return state

    def __next__(self) -> "JobEntry":
        self.due = last_due(self.schedule, now()) or now()
        self.model.last_run_at = self.due
        self.model.total_run_count += 1
        self.model.no_changes = True
        return type(self)(self.model, app=self.app)

    def save(self) -> None:
        """Two columns and nothing else: meanwhile somebody may have changed the schedule, or another beat be ahead."""
        if self.model.last_run_at is None:
            return  # it ran once, and was saved when it was switched off
        done = done_until(self.model)
        behind = Q(last_run_at=None) | Q(last_run_at__lt=done) | Q(last_run_at__gt=now() + TOLERANCE)
        row = PeriodicTask.objects.filter(behind, pk=self.model.pk, enabled=True)
        row.update(last_run_at=done, total_run_count=self.model.total_run_count)


class JobScheduler(DatabaseScheduler):
    Entry = JobEntry
    producer: ClassVar[None] = None  # Celery's would wait here for the broker, however long that takes

    timetable = timetable  # for pages: they find this class by the setting CELERY_BEAT_SCHEDULER

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.unsaved: dict[str, JobEntry] = {}  # runs that the database did not take
        self.reported: dict[str, str] = {}  # what is wrong with which schedule, as the log has it
        super().__init__(*args, **kwargs)

    def enabled_models_qs(self) -> Any:
        # All of them. Celery's leaves out those whose hour is far off, and with them a run that was missed by hours.
        return self.Model.objects.enabled().select_related("interval", "crontab", "solar", "clocked")

    def all_as_schedule(self) -> dict[str, JobEntry]:
        """The schedules that can run. The database away: those that were known, and another look in a moment."""
        try:
            self._last_timestamp = timetable.CLOCK.sync()
            rows = self.enabled_models()
        except (DatabaseError, InterfaceError) as fault:
            log.warning("The schedules could not be read and are read again: %s", fault)
            self._last_full_sync = datetime.now() - timedelta(seconds=SCHEDULE_SYNC_MAX_INTERVAL) + AGAIN
            return dict(self._schedule or {})
        problems = {row.name: problem_of(row) for row in rows}
        for name, problem in problems.items():
            if problem and self.reported.get(name) != problem:
                log.error("The schedule “%s” does not run. %s", name, problem)
        self.reported = problems
        return {row.name: self.Entry(row, app=self.app) for row in rows if not problems[row.name]}

    def schedule_changed(self) -> bool:
        """Also when a clock was set back: what was worked out by it, beat would wait for until then."""
        if self._last_full_sync > datetime.now():
            self._last_full_sync = datetime.min
        close_old_connections()
        before, counted = self._last_timestamp, now()
        try:
            self._last_timestamp = timetable.CLOCK.sync()
        except (DatabaseError, InterfaceError) as fault:
            log.warning("Whether the schedules changed could not be read and is read again: %s", fault)
            return False
        # Not only a later one: it is of the clock of whichever host the change came from.
        changed: bool = self._last_timestamp not in (None, before)
        return changed or now() < counted - TOLERANCE

    def sync(self) -> None:
        """Not what is owed: a beat that starts after this one would take it for done."""
        unsaved = self._dirty & self.unsaved.keys()
        self._dirty -= unsaved
        try:
            super().sync()
        finally:
            self._dirty |= unsaved

    def is_due(self, entry: JobEntry) -> schedstate:
        """One thing after the other: what is owed first, and one that runs once is not switched off before."""
        if entry.name in self.unsaved:
            return schedstate(False, AGAIN.total_seconds())
        state: schedstate = super().is_due(entry)
        return state

    def tick(self, *args: Any, **kwargs: Any) -> float:
        for entry in list(self.unsaved.values()):
            self.try_again(entry)
        wait: float = super().tick(*args, **kwargs)
        return min(wait, AGAIN.total_seconds()) if self.unsaved else wait

    def apply_entry(self, entry: JobEntry, producer: Any = None) -> None:
        if entry.task in kinds():
            self.submit(entry)
            return
        try:
            with publish(self.app) as producer:
                super().apply_entry(entry, producer=producer)
        except Exception:  # whatever a transport raises
            log.exception("The schedule “%s” could not be sent to the broker", entry.name)

    def try_again(self, entry: JobEntry) -> None:
        """With the arguments of now, and only what staff have not switched off, moved or deleted meanwhile."""
        assert entry.due
        close_old_connections()
        try:
            row = self.enabled_models_qs().filter(pk=entry.model.pk).first()
            moved = row is None or problem_of(row) or last_due(row.schedule, entry.due) != entry.due
        except (DatabaseError, InterfaceError):
            return  # still away
        if moved or (row.last_run_at and row.last_run_at >= entry.due):
            del self.unsaved[entry.name]
            return
        again = self.Entry(row, app=self.app)
        again.due = entry.due
        del self.unsaved[entry.name]
        self.apply_entry(again)

    def submit(self, entry: JobEntry) -> None:
        name = name_of_run(entry.model.pk, entry.due or now())
        self.unsaved.pop(entry.name, None)
        close_old_connections()
        try:
            kinds()[entry.task].task.apply_async(kwargs=entry.kwargs, owner=None, unique_key=name)
        except IntegrityError:
            log.debug("Another beat has made the run of “%s” for %s", entry.name, entry.due)
        except (OperationalError, InterfaceError) as fault:
            self.unsaved[entry.name] = entry
            log.warning("The run of “%s” could not be saved and is tried again: %s", entry.name, fault)
        except Exception:
            log.exception("The run of “%s” could not be made", entry.name)
