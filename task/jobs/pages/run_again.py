"""“Run again”: the form of an ended job, opened with what was asked for then."""

from collections.abc import Iterator
from typing import Any

from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from task.jobs.engine.registry import KINDS
from task.jobs.models import Job


def run_again_url(job: Job, reader: Any) -> str:
    """ "" while the job is active, and where its kind has no form that this person may use."""
    kind = KINDS.get(job.kind)
    view = kind.view if kind and not job.is_active else None
    if view is None or not view.may_be_used_by(reader):
        return ""
    address = address_of(view)
    return f"{address}?{view.again_parameter}={job.pk}" if address else ""


def address_of(view: type) -> str:
    """Where a form stands; "" for one whose address has parameters: it is about one row."""
    for pattern in _patterns(get_resolver()):
        if getattr(pattern.callback, "view_class", None) is view:
            try:
                return reverse(pattern.callback)
            except NoReverseMatch:
                return ""
    return ""


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            yield each
        elif each.namespace is None:
            yield from _patterns(each)
