"""The page with the camera, and the small picture of a photo, for its owner and staff."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from csp.decorators import csp_update
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views import View

from task.books.photos.models import Photo


def with_camera(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The one page that may use the camera, and run the reader's WebAssembly."""

    @csp_update({"script-src": ["'self'", "'wasm-unsafe-eval'"]})
    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response.headers["Permissions-Policy"] = "camera=(self)"
        return response

    page: Callable[..., HttpResponseBase] = answer
    return page


class PhotoView(LoginRequiredMixin, View):
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, uuid: UUID) -> HttpResponse:
        small = Photo.objects.seen_by(request.user).filter(uuid=uuid).values_list("small", flat=True).first()
        if not small:
            raise Http404("No such photo.")
        headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
        return HttpResponse(bytes(small), content_type="image/jpeg", headers=headers)
