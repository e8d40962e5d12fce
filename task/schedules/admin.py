"""django-celery-beat's own pages, made to fit: a kind of job is checked before it is saved, and submitted to be run."""

from typing import Any

from amqp.exceptions import AMQPError
from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django_celery_beat.admin import (
    ClockedScheduleAdmin,
    CrontabScheduleAdmin,
    IntervalScheduleAdmin,
    PeriodicTaskAdmin,
    PeriodicTaskForm,
    SolarScheduleAdmin,
    TaskChoiceField,
    TaskSelectWidget,
)
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from kombu.exceptions import KombuError

from task.jobs import kinds
from task.schedules.declared import schedulable
from task.schedules.rows import timetable
from task.schedules.run_now import run_now

TIMES = ("interval", "crontab", "solar", "clocked")
MESSAGE = ("expire_seconds", "queue", "exchange", "routing_key", "priority", "headers")
EMPTY = (None, "", "{}", "null")
DONE = ("last_run_at", "date_changed", "total_run_count")
MOVES = {"enabled", "start_time", "one_off", *TIMES}  # who changes one of these means the times to come


class KindSelect(TaskSelectWidget):
    """Of the kinds those that need no person. The field beside it takes any."""

    def tasks_as_choices(self) -> tuple[tuple[str, str], ...]:
        offered = schedulable()
        return tuple(each for each in super().tasks_as_choices() if each[0] not in kinds() or each[0] in offered)


class KindChoiceField(TaskChoiceField):
    widget = KindSelect


class ScheduleForm(PeriodicTaskForm):
    regtask = KindChoiceField(label="Task (registered)", required=False)

    def _clean_json(self, field: str) -> str:
        try:
            return str(super()._clean_json(field))
        except RecursionError as fault:
            raise forms.ValidationError("This is nested too deeply.") from fault

    def clean(self) -> dict[str, Any]:
        """One that is off may be as wrong as it likes: so it can be switched off."""
        data: dict[str, Any] = super().clean()
        if data.get("enabled") and data.get("task") in kinds():
            for field in MESSAGE:
                value = data.get(field)
                if ("".join(value.split()) if isinstance(value, str) else value) not in EMPTY:
                    self.add_error(field, "Jobs are not sent as messages. Leave this empty.")
        if data.get("enabled") and not self.errors and any(data.get(name) for name in TIMES):
            names = ("name", "task", "args", "kwargs", "headers", "one_off", "start_time", *TIMES)
            columns = {name: data.get(name) for name in names}
            if not MOVES & set(self.changed_data):
                columns |= {name: getattr(self.instance, name) for name in DONE}
            field, problem = timetable().problem_in(PeriodicTask(**columns))
            if problem:
                self.add_error(field if field in self.fields else None, forms.ValidationError(problem))
        return data


@admin.action(description="Run now")
def run_tasks(modeladmin: "ScheduleAdmin", request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
    """A job of the desk all staff may run, as on its own page; any other task only who may change schedules."""
    may_change = modeladmin.has_change_permission(request)
    for schedule in (queryset.filter(task__in=kinds()) if may_change else queryset).order_by("name"):
        run_now(request, schedule)
    others = queryset.exclude(task__in=kinds()) if may_change else queryset.none()
    try:
        if others.exists():
            PeriodicTaskAdmin.run_tasks(modeladmin, request, others)
    except (KombuError, AMQPError, OSError):
        messages.error(request, "The broker did not take Celery’s own tasks. Try again in a moment.")


class ScheduleAdmin(PeriodicTaskAdmin):
    form = ScheduleForm
    change_form_template = None  # theirs brings a script of its own, which the security policy forbids
    actions = ("enable_tasks", "disable_tasks", "toggle_tasks", run_tasks)

    def save_model(self, request: HttpRequest, obj: PeriodicTask, form: Any, change: bool) -> None:
        """Other changes drop no run that is still to be made up for, as a new date of change would."""
        obj.last_run_at = obj.last_run_at or obj.date_changed
        super().save_model(request, obj, form, change)
        if MOVES & set(form.changed_data):
            timetable().from_now_on(PeriodicTask.objects.filter(pk=obj.pk))

    @admin.action(description="Switch on", permissions=["change"])
    def enable_tasks(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        count = timetable().from_now_on(queryset.filter(enabled=False), enabled=True)
        messages.success(request, f"{count} switched on.")

    @admin.action(description="Switch off", permissions=["change"])
    def disable_tasks(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        count = timetable().from_now_on(queryset.filter(enabled=True), enabled=False)
        messages.success(request, f"{count} switched off.")

    @admin.action(description="Switch on those that are off, and off those that are on", permissions=["change"])
    def toggle_tasks(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        off = list(queryset.filter(enabled=False).values_list("pk", flat=True))
        count: int = timetable().from_now_on(queryset.filter(enabled=True), enabled=False)
        count += timetable().from_now_on(PeriodicTask.objects.filter(pk__in=off), enabled=True)
        messages.success(request, f"{count} switched.")


class TimesAdmin(admin.ModelAdmin):
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        timetable().from_now_on(obj.periodictask_set.all())


admin.site.unregister([PeriodicTask, ClockedSchedule, CrontabSchedule, IntervalSchedule, SolarSchedule])
admin.site.register(PeriodicTask, ScheduleAdmin)
for times, theirs in (
    (ClockedSchedule, ClockedScheduleAdmin),
    (CrontabSchedule, CrontabScheduleAdmin),
    (IntervalSchedule, IntervalScheduleAdmin),
    (SolarSchedule, SolarScheduleAdmin),
):
    admin.site.register(times, type(theirs.__name__, (TimesAdmin, theirs), {}))
