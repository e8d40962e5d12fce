"""Whom the desk writes to when it has something to tell its staff."""

from typing import Any

from django.contrib.auth import get_user_model


def keys_of_staff() -> list[Any]:
    """The active members of the staff that have an address, the oldest first."""
    people = get_user_model()._default_manager.filter(is_active=True, is_staff=True).exclude(email="")
    return list(people.order_by("pk").values_list("pk", flat=True))
