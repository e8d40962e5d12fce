"""What a form's values become in a job's row, which is JSON, and back when the form is opened again."""

import datetime
import math
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils import dateparse
from django.utils.duration import duration_iso_string
from django.utils.functional import Promise

from task.jobs.engine.errors import Misuse


def as_json(value: Any, what: str) -> Any:
    """Times by `isoformat()`, rows by their keys. Raises Misuse, for the developer, where only they know better."""
    if isinstance(value, float) and not math.isfinite(value):
        raise Misuse(f"{what} is {value}, and JSON has no such number.")
    if isinstance(value, Enum):
        return as_json(value.value, what)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str | Promise | Decimal | UUID):
        return str(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return duration_iso_string(value)
    if isinstance(value, Model):
        return as_json(value.pk, what)
    if isinstance(value, QuerySet):
        return [as_json(key, what) for key in value.values_list("pk", flat=True)]
    if isinstance(value, Mapping):
        return {str(name): as_json(each, what) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(each, what) for each in value]
    raise Misuse(
        f"{what} is of the type {type(value).__name__}, and a job's arguments are JSON. "
        "Give the view a get_arguments() that returns what the task needs of it."
    )


READERS: tuple[tuple[type[forms.Field] | tuple[type[forms.Field], ...], Any], ...] = (
    ((forms.DateTimeField, forms.SplitDateTimeField), dateparse.parse_datetime),
    (forms.DateField, dateparse.parse_date),
    (forms.TimeField, dateparse.parse_time),
    (forms.DurationField, dateparse.parse_duration),
)


def initial_of(field: forms.Field, value: Any) -> Any:
    """What `field` begins with where a job's argument is `value`."""
    with suppress(ValueError, TypeError, ValidationError):  # of an older form of this kind
        if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
            many = isinstance(field, forms.ModelMultipleChoiceField)
            return list(field.queryset.filter(pk__in=value)) if many else field.queryset.filter(pk=value).first()
        for kinds, read in READERS:
            if isinstance(field, kinds):
                return read(value) or value
    return value
