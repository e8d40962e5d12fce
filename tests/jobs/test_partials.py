"""What htmx gets of a page, and what the page keeps for itself."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils.timezone import now

from task.jobs.models import Job
from task.kit.partials import PartialPage, is_partial

HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize(
    ("path", "piece"),
    [("/jobs/", "jobs-live"), ("/books/", "books-live"), ("/orders/", "orders-live"), ("/reports/", "reports-live")],
)
def test_htmx_gets_the_rows_of_a_list_alone(member: Client, path: str, piece: str) -> None:
    whole, part = (member.get(path, headers=headers).content.decode() for headers in ({}, HTMX))
    assert f'<div id="{piece}"' in whole
    assert part.strip().startswith(f'<div id="{piece}"')
    assert part.strip().endswith("</div>")
    assert "<h1" in whole
    assert "<h1" not in part


@pytest.mark.parametrize("query", ["", "?state=failed", "?state=running&kind=x", "?state=nonsense", "?kind=y"])
def test_the_rows_alone_are_those_of_the_whole_page(member: Client, alice: Any, query: str) -> None:
    Job.objects.create(kind="x", title="Sing", owner=alice, state="failed", created=now() - timedelta(days=2))
    pages = (member.get(f"/jobs/{query}", headers=headers).content.decode() for headers in ({}, HTMX))
    whole, part = (re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page) for page in pages)
    assert part.strip() in whole


def test_a_message_waits_for_the_page_that_shows_it(member: Client, alice: Any) -> None:
    """htmx takes its pieces of the home page out of a whole one: what that said would be seen by nobody."""
    job = Job.objects.create(kind="x", title="Sing", owner=alice, state="queued")
    member.post(f"/jobs/{job.pk}/cancel/")
    assert "Job cancelled." not in member.get("/", headers=HTMX).content.decode()
    assert "Job cancelled." in member.get("/").content.decode()


def test_without_the_middleware_of_htmx_a_page_is_whole() -> None:
    request: HttpRequest = RequestFactory().get("/", headers=HTMX)
    assert not is_partial(request)
    view = PartialPage(template_name="whole.html", partial_template="_part.html")
    view.setup(request)
    assert view.get_template_names() == ["whole.html"]
