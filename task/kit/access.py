"""Pages that are for staff alone."""

from django.contrib.auth.mixins import AccessMixin
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase


class StaffOnly(AccessMixin):
    """For a view, before its other bases. A stranger logs in first; a member is not told that there is such a page."""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        if not request.user.is_staff:
            raise Http404
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response
