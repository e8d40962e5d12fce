"""The staff: pages that are for them alone, and whom the desk writes to when it has something to tell them."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.mixins import AccessMixin
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase


class StaffOnly(AccessMixin):
    """For a view, before its other bases. A stranger logs in first; a member is not told that there is such a page."""

    @classmethod
    def may_be_used_by(cls, user: Any) -> bool:
        """For menus, which lead nobody to a page that is not theirs."""
        return bool(user.is_staff)

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        if not request.user.is_staff:
            raise Http404
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response


def keys_of_staff() -> list[Any]:
    """The active members of the staff that have an address, the oldest first."""
    people = get_user_model()._default_manager.filter(is_active=True, is_staff=True).exclude(email="")
    return list(people.order_by("pk").values_list("pk", flat=True))
