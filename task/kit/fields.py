"""Fields of forms that say in the desk's words what they take."""

from typing import Any

from django import forms


class WholeNumberField(forms.IntegerField):
    """From `min_value` to `max_value`; one sentence says so of whatever else was entered."""

    def __init__(self, *, min_value: int, max_value: int, **options: Any) -> None:
        words = f"Enter a whole number, {min_value:,} to {max_value:,}."
        messages = dict.fromkeys(("invalid", "min_value", "max_value"), words) | options.pop("error_messages", {})
        super().__init__(min_value=min_value, max_value=max_value, error_messages=messages, **options)
