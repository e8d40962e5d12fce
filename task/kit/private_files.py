"""Files that a view gives to whoever may have them."""

from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header


def private_file(path: Path, name: str, content_type: str) -> HttpResponseBase:
    """To be saved as `name`, and kept by no cache. Raises OSError when it is not there.

    With X_ACCEL_REDIRECT the answer is empty and names the file: nginx sends it, and holds no thread of ours meanwhile.
    """
    file = path.open("rb")
    response: HttpResponseBase
    if settings.X_ACCEL_REDIRECT:
        file.close()
        response = HttpResponse(content_type=content_type)
        response.headers["X-Accel-Redirect"] = quote(address_of(path))
        response.headers["Content-Disposition"] = str(content_disposition_header(True, name))
    else:
        response = FileResponse(file, as_attachment=True, filename=name, content_type=content_type)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def address_of(path: Path) -> str:
    """Where nginx has it, for itself alone: /private/media/… or /private/backups/…"""
    for name, folder in (("media", settings.MEDIA_ROOT), ("backups", settings.BACKUP_DIR)):
        if path.is_relative_to(folder):
            return f"/private/{name}/{path.relative_to(folder).as_posix()}"
    raise ValueError(f"{path} is in no folder of private files.")
