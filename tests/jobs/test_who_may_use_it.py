"""A form that is not for everybody: its entries lead nobody to it in vain, and it is a 404 to all others."""

from collections.abc import Callable
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.test import Client
from django.urls import path

from celerytask import urls as desk
from task.face.menu import MenuEntry
from task.face.palette import PaletteEntry
from task.jobs.models import Job
from task.jobs.pages import JobFormView
from task.kit.staff import StaffOnly
from tests.workbench import tasks

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class TotalForm(forms.Form):
    total = forms.IntegerField()


class OfStaffView(StaffOnly, JobFormView):
    form_class = TotalForm
    task = tasks.make_things
    template_name = "workbench.html"
    success_url = "/jobs/"


class OfSomeView(JobFormView):
    form_class = TotalForm
    task = tasks.make_things
    template_name = "workbench.html"
    success_url = "/jobs/"

    @classmethod
    def may_be_used_by(cls, user: Any) -> bool:
        return bool(user.username == "alice")


urlpatterns = [
    *desk.urlpatterns,
    path("of-staff/", OfStaffView.as_view(), name="of_staff"),
    path("of-some/", OfSomeView.as_view(), name="of_some"),
]


@pytest.fixture(autouse=True)
def entries(monkeypatch: pytest.MonkeyPatch) -> None:
    app = apps.get_app_config("workbench")
    menu = [MenuEntry("w.staff", "Of staff", "of_staff", "start"), MenuEntry("w.some", "Of some", "of_some", "start")]
    monkeypatch.setattr(app, "menu", menu, raising=False)
    palette = [PaletteEntry("w.staff", "In the palette", "of_staff")]
    monkeypatch.setattr(app, "palette", palette, raising=False)


@pytest.mark.parametrize(
    ("who", "found"),
    [("alice", {"Of some"}), ("bob", set()), ("charlie", {"Of staff"})],
)
def test_new_job_has_the_forms_that_are_for_the_reader(
    client_of: Callable[[Any], Client], request: pytest.FixtureRequest, who: str, found: set[str]
) -> None:
    client = client_of(request.getfixturevalue(who))
    page = client.get("/jobs/")
    assert {entry.words for entry in page.context["menu_start"] if entry.of.key.startswith("w.")} == found
    assert ("In the palette" in page.text) is ("Of staff" in found)
    for address, words in (("/of-staff/", "Of staff"), ("/of-some/", "Of some")):
        assert client.get(address).status_code == (200 if words in found else 404)
        client.post(address, {"total": 3, "form_token": address})
    assert Job.objects.count() == len(found)


def test_a_visitor_logs_in_first(client: Client) -> None:
    for address in ("/of-staff/", "/of-some/"):
        assert client.get(address).url == f"/accounts/login/?next={address}"  # type: ignore[attr-defined]
