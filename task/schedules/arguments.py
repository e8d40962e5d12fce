"""The arguments of a kind as fields of a form, by the annotations of its function."""

import inspect
import types
from datetime import date, datetime
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from django import forms

from task.jobs import Kind
from task.jobs.pages.form_values import as_json

DAY, MOMENT = forms.DateInput(attrs={"type": "date"}), forms.DateTimeInput(attrs={"type": "datetime-local"})
FIELDS: dict[Any, tuple[type[forms.Field], dict[str, Any]]] = {
    int: (forms.IntegerField, {}),
    float: (forms.FloatField, {}),
    str: (forms.CharField, {}),
    bool: (forms.BooleanField, {}),
    date: (forms.DateField, {"widget": DAY}),  # a job gets its isoformat()
    datetime: (forms.DateTimeField, {"widget": MOMENT}),
}
PREFIX = "argument_"  # of the fields' names: an argument may be called as a field of the schedule


def fields_for(kind: Kind) -> dict[str, forms.Field]:
    """By the fields' names. A type without a field is asked for as JSON.

    An `Annotated` has the field's validators, label, or the type whose field it is asked by: `Annotated[str, date]`,
    a day as the text that a job gets of it. `Annotated[str, None] = ""` is for other jobs to give: nobody is asked.
    """
    hints = get_type_hints(kind.function, include_extras=True)
    return {
        f"{PREFIX}{parameter.name}": _field(parameter, hint)
        for parameter in kind.signature.parameters.values()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        and None not in getattr(hint := hints.get(parameter.name, Any), "__metadata__", ())
    }


def _field(parameter: inspect.Parameter, hint: Any) -> forms.Field:
    hint, validators = _without_none(hint), []
    label = parameter.name.replace("_", " ").capitalize()
    if get_origin(hint) is Annotated:
        hint, *extras = get_args(hint)
        label = next((each for each in extras if isinstance(each, str)), label)
        validators = [each for each in extras if callable(each) and not isinstance(each, type)]
        hint = next((each for each in extras if isinstance(each, type) and each in FIELDS), _without_none(hint))
    make, options = FIELDS.get(hint, (forms.JSONField, {"help_text": "As JSON."}))
    is_optional = parameter.default is not parameter.empty
    return make(
        label=label,
        required=not is_optional and make is not forms.BooleanField,
        initial=parameter.default if is_optional else None,
        validators=validators,
        error_messages={"required": "Fill this in."},
        **options,
    )


def _without_none(hint: Any) -> Any:
    """`int` of `int | None`."""
    if get_origin(hint) in (Union, types.UnionType):
        rest = [each for each in get_args(hint) if each is not type(None)]
        return rest[0] if len(rest) == 1 else hint
    return hint


def arguments_from(kind: Kind, cleaned: dict[str, Any]) -> dict[str, Any]:
    """JSON by name. What was left empty, and need not be there, is left to the function."""
    given = {}
    for name, field in fields_for(kind).items():
        value = cleaned.get(name)
        if field.required or value not in field.empty_values:
            given[name.removeprefix(PREFIX)] = as_json(value, name)
    return given
