"""Covers for whoever sees the book: a name never means another picture, so a browser keeps it for a year."""

from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from task.books.covers import files
from task.kit.private_files import address_of

HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


@require_safe
def cover(request: HttpRequest, kind: str, digest: str, size: str) -> HttpResponseBase:
    """No row is asked for: the name is what one has to know, as with a static file."""
    try:
        path = files.path_of(f"{kind}/{digest}", size)
        file = path.open("rb")
    except (ValueError, OSError):
        raise Http404("No such cover.") from None
    if settings.X_ACCEL_REDIRECT:
        file.close()
        to = {"X-Accel-Redirect": quote(address_of(path))}
        return HttpResponse(content_type="image/webp", headers=HEADERS | to)
    return FileResponse(file, content_type="image/webp", headers=HEADERS)
