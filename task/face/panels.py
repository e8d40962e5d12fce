"""What features bring to pages that are not theirs.

A feature names them in its AppConfig (`home_panels`, `book_panels`): functions of the request and what the page is
about, which return (template, context) or None. The page knows no feature, and one that is gone takes its panels along.
"""

from collections.abc import Iterator

from django.apps import apps
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString


def brought(attribute: str, request: HttpRequest, *about: object) -> Iterator[tuple[str, SafeString]]:
    """(place, html) of each panel that the features name under `attribute`; a panel without a place has ""."""
    for config in apps.get_app_configs():
        for dotted in getattr(config, attribute, ()):
            panel = import_string(dotted)(request, *about)
            if panel is not None:
                template, context = panel
                yield context.get("place", ""), render_to_string(template, context, request)
