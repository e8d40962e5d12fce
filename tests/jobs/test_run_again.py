"""“Run again” on an ended job: its kind's form, filled in, for who may use it and sees the job."""

from typing import Any

import pytest
from django import forms
from django.urls import path

from celerytask import urls as desk
from task.accounts.tasks import send_welcome
from task.backups.tasks import back_up
from task.jobs.models import Job, State
from task.jobs.pages import JobFormView
from task.jobs.pages.run_again import address_of, run_again_url
from tests.workbench import tasks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


class CountForm(forms.Form):
    total = forms.IntegerField(min_value=1, max_value=50)


class CountView(JobFormView):
    form_class = CountForm
    task = tasks.make_things
    template_name = "workbench.html"
    success_url = "/jobs/"


class RowView(CountView):
    """A form about one row: its address is not known from the job."""


urlpatterns = [
    *desk.urlpatterns,
    path("count/", CountView.as_view()),
    path("rows/<int:pk>/", RowView.as_view()),
]


@pytest.fixture(autouse=True)
def view(monkeypatch):
    monkeypatch.setattr(tasks.make_things.kind, "view", CountView)


def made(owner: Any, state: str = State.SUCCEEDED) -> Job:
    job = tasks.make_things.apply_async(kwargs={"total": 7}, owner=owner)
    Job.objects.filter(pk=job.pk).update(state=state)
    return Job.objects.get(pk=job.pk)


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED, State.CANCELLED])
def test_an_ended_job_offers_its_form_with_what_was_asked_for(member, alice, state):
    job = made(alice, state)
    url = f"/count/?again={job.pk}"
    assert f'href="{url}"' in member.get(job.get_absolute_url()).content.decode()
    assert 'value="7"' in member.get(url).content.decode()
    member.post(url, {"total": 8, "form_token": "x"})
    assert Job.objects.exclude(pk=job.pk).get().arguments == {"total": 8}


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_a_job_that_has_not_ended_does_not(member, alice, state):
    assert "again=" not in member.get(made(alice, state).get_absolute_url()).content.decode()


def test_somebody_elses_job_is_not_found_and_staff_see_all(alice, bob, charlie, client_of):
    url = f"/count/?again={made(alice).pk}"
    assert client_of(bob).get(url).status_code == 404
    answer = client_of(charlie).get(url)
    assert answer.context["form"].initial == {"total": 7}


def test_nor_is_a_job_of_another_kind(member, alice):
    other = tasks.do_nothing.apply_async(owner=alice)
    assert member.get(f"/count/?again={other.pk}").status_code == 404


def test_what_was_typed_is_sent_though_the_job_is_gone(member, alice):
    job = made(alice)
    Job.objects.all().delete()
    assert member.post(f"/count/?again={job.pk}", {"total": 9, "form_token": "x"}).status_code == 302
    assert Job.objects.get().arguments == {"total": 9}


def test_a_form_for_the_staff_is_offered_to_them_alone(alice, charlie):
    job = back_up.apply_async(owner=alice)
    Job.objects.update(state=State.SUCCEEDED)
    job.refresh_from_db()
    assert run_again_url(job, alice) == ""
    assert run_again_url(job, charlie).endswith(f"?again={job.pk}")


def test_a_form_for_visitors_and_a_kind_without_a_form_offer_nothing(charlie):
    for task in (send_welcome, tasks.do_nothing):
        job = task.apply_async()
        Job.objects.filter(pk=job.pk).update(state=State.SUCCEEDED)
        job.refresh_from_db()
        assert run_again_url(job, charlie) == ""
    gone = Job(kind="workbench.gone", state=State.SUCCEEDED)
    assert run_again_url(gone, charlie) == ""


def test_a_form_about_one_row_has_no_address_of_its_own():
    assert address_of(CountView) == "/count/"
    assert address_of(RowView) == ""
    assert address_of(JobFormView) == ""
