"""What a project gets wrong about jobs is told at the start, and one that goes on all the same loses nothing."""

import pytest
from django import forms
from django.core.checks import run_checks
from django.db import connections
from django.test import Client
from django.urls import path

from celerytask import urls as desk
from task.jobs import checks, job
from task.jobs.conf import table
from task.jobs.models import Job
from task.jobs.pages import JobFormView
from tests.workbench import tasks


def told(check):
    return [(problem.id, problem.msg) for problem in check()]


def test_the_desk_itself_is_fine():
    assert [problem for problem in run_checks() if problem.id.startswith(("jobs.", "face.", "schedules."))] == []


# Numbers


def test_a_number_that_nobody_reads_is_told(settings):
    settings.JOBS_LEASE_SECOND = 60
    assert told(checks.check_numbers) == [("jobs.W001", "The engine knows no JOBS_LEASE_SECOND.")]


@pytest.mark.parametrize("value", ["30", None, True, -1, float("nan"), float("inf"), 0])
def test_what_is_no_number_for_a_lease_is_told(settings, value):
    settings.JOBS_LEASE_SECONDS = value
    assert told(checks.check_numbers) == [("jobs.E001", f"JOBS_LEASE_SECONDS is {value!r}, where 30.0 would do.")]


@pytest.mark.parametrize("value", [0, 2.5])
def test_a_number_of_rows_is_a_whole_one(settings, value):
    settings.JOBS_MAINTENANCE_ROWS = value
    assert told(checks.check_numbers) == [("jobs.E001", f"JOBS_MAINTENANCE_ROWS is {value}, where 500 would do.")]


@pytest.mark.parametrize("value", [10, (), (10, 0), ("10",)])
def test_the_pauses_are_a_row_of_numbers(settings, value):
    settings.JOBS_NOTIFY_SECONDS = value
    assert [number for number, _ in told(checks.check_numbers)] == ["jobs.E001"]


def test_a_lease_that_is_not_renewed_in_time_is_told(settings):
    settings.JOBS_LEASE_SECONDS, settings.JOBS_RENEW_SECONDS = 30, 15.1
    assert [number for number, _ in told(checks.check_numbers)] == ["jobs.E002"]
    settings.JOBS_RENEW_SECONDS = 15
    assert told(checks.check_numbers) == []


def test_each_number_may_be_written_as_it_is_and_some_may_be_zero(settings):
    for number in table():
        setattr(settings, number.setting, 0 if number.may_be_zero else number.default)
    assert told(checks.check_numbers) == []


# ATOMIC_REQUESTS


def test_a_transaction_around_each_page_is_told(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "ATOMIC_REQUESTS", True)
    assert told(checks.check_database) == [("jobs.E003", "ATOMIC_REQUESTS is on for the database “default”.")]
    monkeypatch.undo()
    assert told(checks.check_database) == []


class TotalForm(forms.Form):
    total = forms.IntegerField()


class TotalView(JobFormView):
    form_class = TotalForm
    task = tasks.make_things
    template_name = "workbench.html"
    success_url = "/jobs/"

    def submitted(self, job, form):
        assert job.notified is None, "It was notified before its row was committed."
        if job.arguments["total"] == 13:
            raise ZeroDivisionError
        return super().submitted(job, form)


urlpatterns = [*desk.urlpatterns, path("total/", TotalView.as_view())]


@pytest.fixture
def atomic_member(member, monkeypatch) -> Client:
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    return member


@pytest.mark.django_db(transaction=True)
@pytest.mark.urls(__name__)
def test_within_such_a_transaction_a_job_is_notified_behind_it(atomic_member, notifications):
    assert atomic_member.post("/total/", {"form_token": "t", "total": 5}).status_code == 302
    assert notifications == [str(Job.objects.get().pk)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.urls(__name__)
def test_and_a_page_that_fails_behind_it_leaves_no_job_and_no_message(atomic_member, notifications):
    with pytest.raises(ZeroDivisionError):
        atomic_member.post("/total/", {"form_token": "t", "total": 13})
    assert (Job.objects.count(), notifications) == (0, [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.urls(__name__)
def test_and_two_clicks_at_the_same_moment_are_one_job(atomic_member, monkeypatch):
    atomic_member.post("/total/", {"form_token": "t", "total": 5})
    real, looked = TotalView.sent_already, []

    def blind_once(view):
        looked.append(1)
        return real(view) if len(looked) > 1 else None

    monkeypatch.setattr(TotalView, "sent_already", blind_once)
    page = atomic_member.post("/total/", {"form_token": "t", "total": 5}, follow=True)
    assert len(looked) == 2, "Before the form was looked at, and once the index had refused the second."
    assert "You already sent this." in page.content.decode()
    assert Job.objects.count() == 1


# Views


@job("checks.days", title="Count {days} days")
def count_days(run, days, start=None):
    return "Counted."


@pytest.fixture
def kind(monkeypatch):
    monkeypatch.setattr(count_days.kind, "view", None)
    return count_days


class DaysForm(forms.Form):
    days = forms.IntegerField()


def test_a_form_that_fits_its_task_is_fine(kind):
    class DaysView(JobFormView):
        form_class = DaysForm
        task = kind

    assert told(checks.check_views) == []


def test_a_file_that_would_be_lost_is_told(kind):
    class LosingView(JobFormView):
        form_class = type("FileForm", (DaysForm,), {"table": forms.FileField(required=False)})
        task = kind

    ((number, said),) = told(checks.check_views)
    assert number == "jobs.E004"
    assert "LosingView: the form's file “table” would be lost" in said


def test_a_file_that_the_view_saves_is_fine(kind):
    class SavingView(JobFormView):
        form_class = type("FileForm", (DaysForm,), {"table": forms.FileField(required=False)})
        task = kind

        def save_rows(self, form, job):
            return {"start": 1}

    assert told(checks.check_views) == []


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"day": forms.IntegerField()}, "missing a required argument: 'days'"),
        ({"days": forms.IntegerField(), "note": forms.CharField()}, "got an unexpected keyword argument 'note'"),
    ],
)
def test_a_form_that_does_not_fit_its_task_is_told(kind, fields, fault):
    class WrongView(JobFormView):
        form_class = type("WrongForm", (forms.Form,), fields)
        task = kind

    ((number, said),) = told(checks.check_views)
    assert number == "jobs.E004"
    assert said.endswith(f"WrongView and its task checks.days don't fit: {fault}. Write get_arguments() in the view.")


def test_a_field_that_is_no_argument_is_told_also_where_the_view_saves_rows(kind):
    class SavingView(JobFormView):
        form_class = type("NoteForm", (forms.Form,), {"note": forms.CharField()})  # `days` may come from save_rows
        task = kind

        def save_rows(self, form, job):
            return {"days": 1}

    ((number, said),) = told(checks.check_views)
    assert number == "jobs.E004"
    assert "SavingView and its task checks.days don't fit: got an unexpected keyword argument 'note'." in said


def test_a_view_that_sees_to_the_arguments_itself_is_believed(kind):
    class OwnView(JobFormView):
        form_class = type("OwnForm", (forms.Form,), {"day": forms.IntegerField()})
        task = kind

        def get_arguments(self, form):
            return {"days": form.cleaned_data["day"]}

    assert told(checks.check_views) == []
