"""What is drawn for one person stays in no cache. Static files keep what they say of themselves."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from task.face import middleware
from task.reports import files
from task.reports.models import Report
from tests.test_away import addresses

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(django_user_model: Any) -> Any:
    return django_user_model.objects.create_superuser("boss", "boss@example.org", "a good password")


@pytest.mark.parametrize("whose", ["a stranger's", "a member's", "an administrator's"])
def test_no_page_stays_in_a_cache(
    client_of: Callable[[Any], Client], client: Client, alice: Any, boss: Any, whose: str
) -> None:
    browser = {"a stranger's": client, "a member's": client_of(alice), "an administrator's": client_of(boss)}[whose]
    for url in [*addresses(), "/nothing/", "/books/9780451524935/", "/orders/2026-00001/"]:
        for answer in (
            browser.get(url),
            browser.get(url, headers={"HX-Request": "true"}),
            browser.post(url, {"total": "x"}) if "logout" not in url else browser.head(url),
        ):
            said = answer.headers["Cache-Control"]
            assert {"private", "no-store"} <= {word.strip() for word in said.split(",")}, (url, said)


def test_bad_requests_neither(client: Client) -> None:
    for answer in (client.get("/", headers={"Host": "elsewhere.example"}), client.post("/accounts/login/?x=%00", {})):
        assert "no-store" in answer.headers["Cache-Control"]


def test_a_download_neither(client_of: Callable[[Any], Client], alice: Any, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    report = Report.objects.create(owner=alice, language="Python", count=1, state=Report.State.DONE, crawl_id=uuid4())
    path = files.path_of(report)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a,b\n")
    answer = client_of(alice).get(reverse("report_download", args=[report.pk]))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_static_files_may_be_kept(settings: Any) -> None:
    settings.WHITENOISE_USE_FINDERS = True
    answer = Client().get("/static/js/forms.js")
    assert answer.status_code == 200
    assert "no-store" not in answer.headers["Cache-Control"]
    assert "public" in answer.headers["Cache-Control"]


def test_a_view_that_says_how_it_is_to_be_kept_is_believed() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("x", headers={"Cache-Control": "public, max-age=60"})

    answer = middleware.keep_private(view)(RequestFactory().get("/"))
    assert answer.headers["Cache-Control"] == "public, max-age=60"
