"""A new schedule of a kind: its arguments, and when it runs."""

import json
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from task.jobs import Kind, label_of
from task.kit.fields import WholeNumberField
from task.schedules.arguments import PREFIX, arguments_from, fields_for
from task.schedules.declared import FIELDS, first_or_new
from task.schedules.rows import timetable

TIMES = {"daily": "Every day at", "every": "Every", "cron": "Crontab"}
UNITS = [(unit, unit) for unit in (IntervalSchedule.MINUTES, IntervalSchedule.HOURS, IntervalSchedule.DAYS)]
LARGEST = 10_000  # of an interval


class NewScheduleForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=200,
        help_text="Its name in the list of schedules.",
        error_messages={"required": "Give it a name."},
    )
    daily = forms.TimeField(label=TIMES["daily"], required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    every = WholeNumberField(label=TIMES["every"], required=False, min_value=1, max_value=LARGEST)
    unit = forms.ChoiceField(label="Unit", required=False, choices=UNITS)
    cron = forms.CharField(
        label=TIMES["cron"],
        required=False,
        max_length=200,
        help_text="Minute, hour, day of the month, month, day of the week. 30 3 * * 1 is 03:30 every Monday.",
    )
    enabled = forms.BooleanField(label="Switch it on", required=False, initial=True)

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields["name"].initial = label_of(kind.name)
        self.fields["daily"].help_text = f"In the desk’s time zone, {settings.TIME_ZONE}."
        self.fields |= fields_for(kind)

    @property
    def arguments(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(PREFIX)]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if PeriodicTask.objects.filter(name=name).exists():
            raise ValidationError("Another schedule has this name. Choose another one.")
        return name

    def clean_cron(self) -> str:
        cron: str = self.cleaned_data["cron"]
        if cron and len(cron.split()) != len(FIELDS):
            raise ValidationError("A crontab has five fields, with a space between them.")
        for name, part in zip(FIELDS, cron.split(), strict=False):
            most = CrontabSchedule._meta.get_field(name).max_length or 0
            if len(part) > most:
                raise ValidationError(f"“{part[:20]}…” is too long: at most {most} characters.")
        return cron

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if self.errors:
            return data
        given = [name for name in TIMES if data.get(name) is not None and data[name] != ""]
        if not given:
            self.add_error("daily", "Say when it runs: fill in one of these three.")
        elif len(given) > 1:
            self.add_error(given[1], f"Fill in this or “{TIMES[given[0]]}”, not both.")
        else:
            self.times = self._times(given[0])
            field, problem = timetable().problem_in(PeriodicTask(**self.columns(), **self.times))
            if problem:
                self.add_error(given[0] if field == "times" else None, ValidationError(problem))
        return data

    def _times(self, given: str) -> dict[str, Any]:
        """The schedule's times, not saved."""
        data = self.cleaned_data
        if given == "every":
            return {"interval": IntervalSchedule(every=data["every"], period=data["unit"] or UNITS[0][0])}
        cron = f"{data['daily'].minute} {data['daily'].hour} * * *" if given == "daily" else data["cron"]
        fields = dict(zip(FIELDS, cron.split(), strict=True))
        return {"crontab": CrontabSchedule(**fields, timezone=settings.TIME_ZONE)}

    def columns(self) -> dict[str, Any]:
        data = self.cleaned_data
        arguments = arguments_from(self.kind, data)
        return {
            "name": data["name"],
            "task": self.kind.name,
            "kwargs": json.dumps(arguments),
            "enabled": data["enabled"],
        }

    def save(self) -> PeriodicTask:
        """Belongs into a transaction."""
        ((name, times),) = self.times.items()
        own = [field.name for field in times._meta.concrete_fields if not field.primary_key]
        times = first_or_new(type(times), {field: getattr(times, field) for field in own}, "default")
        schedule = PeriodicTask.objects.create(**self.columns(), **{name: times})
        timetable().from_now_on(PeriodicTask.objects.filter(pk=schedule.pk))
        return schedule
