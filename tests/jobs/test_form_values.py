"""A form of any fields becomes a job without a word from its view, and comes back as it was."""

import datetime
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import TextChoices
from django.test import Client
from django.urls import path

from celerytask import urls as desk
from task.jobs import Misuse, job
from task.jobs.models import Job
from task.jobs.pages import JobFormView
from task.jobs.pages.form_values import as_json
from task.jobs.testing import execute_all
from tests.workbench.models import Thing


class Colour(TextChoices):
    RED = "red", "Red"


class WideForm(forms.Form):
    day = forms.DateField(required=False, widget=forms.DateInput(format="%d/%m/%Y"), input_formats=["%d/%m/%Y"])
    at = forms.DateTimeField(required=False)
    hour = forms.TimeField(required=False)
    length = forms.DurationField(required=False)
    price = forms.DecimalField(required=False)
    key = forms.UUIDField(required=False)
    thing = forms.ModelChoiceField(Thing.objects.all(), required=False)
    things = forms.ModelMultipleChoiceField(Thing.objects.all(), required=False)
    named = forms.ModelChoiceField(Thing.objects.all(), required=False, to_field_name="name")
    colour = forms.TypedChoiceField(choices=Colour.choices, coerce=Colour, required=False)
    sizes = forms.TypedMultipleChoiceField(choices=[(1, "S"), (2, "M")], coerce=int, required=False)
    file = forms.FileField(required=False, help_text="A table.")


@job("tests.wide", title="Do it widely")
def do_widely(run: Any, **arguments: Any) -> str:
    return f"Done with {', '.join(sorted(arguments))}."


class WideView(JobFormView):
    form_class = WideForm
    task = do_widely
    template_name = "workbench.html"
    success_url = "/jobs/"

    def save_rows(self, form, job):
        """What was chosen is read here, and not kept."""


class FileForm(forms.Form):
    total = forms.IntegerField()
    file = forms.FileField()


class FileView(WideView):
    form_class = FileForm


class OddField(forms.CharField):
    def clean(self, value: Any) -> Any:
        return object()


class OddForm(forms.Form):
    odd = OddField()


class OddView(WideView):
    form_class = OddForm


urlpatterns = [
    *desk.urlpatterns,
    path("wide/", WideView.as_view()),
    path("file/", FileView.as_view()),
    path("odd/", OddView.as_view()),
]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


@pytest.fixture
def things() -> list[Thing]:
    return [Thing.objects.create(name=f"thing {n}") for n in range(3)]


@pytest.fixture
def wide(things: list[Thing]) -> dict[str, Any]:
    return {
        "day": "29/11/2026",
        "at": "2026-11-29 10:30:00",
        "hour": "10:30",
        "length": "1 02:00:00",
        "price": "1.50",
        "key": str(uuid.UUID(int=7)),
        "thing": str(things[0].pk),
        "things": [str(things[1].pk), str(things[2].pk)],
        "named": "thing 1",
        "colour": "red",
        "sizes": ["1", "2"],
    }


def test_an_optional_file_that_was_left_empty_is_no_argument_and_the_job_succeeds(member: Client) -> None:
    member.post("/wide/", {"form_token": "t"})
    assert "file" not in Job.objects.get().arguments
    execute_all()
    assert Job.objects.get().state == "succeeded"


def test_dates_and_rows_are_arguments_by_themselves(member: Client, wide: dict[str, Any], things: list[Thing]) -> None:
    wide["file"] = SimpleUploadedFile("table.csv", b"a,b")
    answer = member.post("/wide/", {"form_token": "t", **wide})
    assert answer.status_code == 302
    arguments = Job.objects.get().arguments
    assert sorted(arguments.pop("things")) == [things[1].pk, things[2].pk]
    assert arguments == {
        "day": "2026-11-29",
        "at": "2026-11-29T10:30:00+00:00",
        "hour": "10:30:00",
        "length": "P1DT02H00M00S",
        "price": "1.50",
        "key": str(uuid.UUID(int=7)),
        "thing": things[0].pk,
        "named": things[1].pk,
        "colour": "red",
        "sizes": [1, 2],
    }


def test_sent_again_everything_is_as_it_was(member: Client, wide: dict[str, Any]) -> None:
    member.post("/wide/", {"form_token": "t", **wide})
    form = member.get(f"/wide/?again={Job.objects.get().pk}").context["form"]
    page = str(form)
    assert 'name="day" value="29/11/2026"' in page
    assert 'name="at" value="2026-11-29 10:30:00"' in page
    assert 'name="length" value="1 02:00:00"' in page
    assert page.count(" selected>") == 7  # thing, two things, named, colour, two sizes
    member.post("/wide/", {"form_token": "t2", **wide})
    first, second = Job.objects.order_by("created")
    assert {**first.arguments, "things": None} == {**second.arguments, "things": None}


def test_sent_again_a_row_that_is_gone_is_left_open(member: Client, wide: dict[str, Any]) -> None:
    member.post("/wide/", {"form_token": "t", **wide})
    Thing.objects.all().delete()
    answer = member.get(f"/wide/?again={Job.objects.get().pk}")
    assert answer.status_code == 200
    assert str(answer.context["form"]["thing"]).count(" selected>") == 1  # none


def test_what_can_be_no_json_is_told_to_the_developer(member: Client) -> None:
    with pytest.raises(Misuse, match=r"OddView: the form’s “odd” is of the type object, .*get_arguments\(\)"):
        member.post("/odd/", {"form_token": "t", "odd": "x"})


def test_what_becomes_of_single_values() -> None:
    assert as_json(Decimal("1.50"), "x") == "1.50"
    assert as_json({"a": (1, datetime.date(2026, 11, 29))}, "x") == {"a": [1, "2026-11-29"]}
    assert as_json(True, "x") is True
    for bad in (float("nan"), float("inf"), b"bytes"):
        with pytest.raises(Misuse):
            as_json(bad, "x")


# A file is not kept, and that is said at its field


def test_sent_again_a_form_says_that_its_file_is_to_be_chosen_again(member: Client) -> None:
    assert "hoose the file again" not in member.get("/file/").content.decode()
    member.post("/file/", {"form_token": "t", "total": 5, "file": SimpleUploadedFile("a.txt", b"a")})
    page = member.get(f"/file/?again={Job.objects.get().pk}").content.decode()
    assert "Choose the file again: files are not kept." in page
    assert 'value="5"' in page


def test_of_a_file_that_need_not_be_there_it_is_said_too(member: Client) -> None:
    member.post("/wide/", {"form_token": "t"})
    page = member.get(f"/wide/?again={Job.objects.get().pk}").content.decode()
    assert "If you sent a file, choose it again: files are not kept. A table." in page


def test_a_form_that_comes_back_with_errors_says_so_of_a_file_that_was_there(member: Client) -> None:
    file = SimpleUploadedFile("a.txt", b"a")
    page = member.post("/file/", {"form_token": "t", "total": "five", "file": file}).content.decode()
    assert "Choose the file again" in page
    page = member.post("/file/", {"form_token": "t", "total": "five"}).content.decode()
    assert "Choose the file again" not in page
