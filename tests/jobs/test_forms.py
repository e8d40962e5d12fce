"""A form becomes a job: once, at once, whatever is clicked."""

import pytest
from django import forms
from django.contrib.auth import get_user_model
from django.urls import path

from celerytask import urls as desk
from task.jobs.models import Job
from task.jobs.pages import JobFormView
from tests.workbench import tasks
from tests.workbench.models import Thing


class ThingsForm(forms.Form):
    total = forms.IntegerField(min_value=1, max_value=50)
    note = forms.CharField(required=False)


class ThingsView(JobFormView):
    form_class = ThingsForm
    task = tasks.make_things
    template_name = "workbench.html"
    success_url = "/jobs/"
    success_message = "We are making your things."

    def get_arguments(self, form):
        return {"total": form.cleaned_data["total"]}

    def save_rows(self, form, job):
        Thing.objects.create(name=f"row of {form.cleaned_data['note'] or job.pk}"[:50])


urlpatterns = [*desk.urlpatterns, path("things/", ThingsView.as_view())]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


@pytest.fixture
def alice(client):
    alice = get_user_model().objects.create_user("alice", "alice@example.org", "pw")
    client.force_login(alice)
    return alice


def send(client, token="t1", **fields):
    return client.post("/things/", {"form_token": token, **fields}, follow=True)


def test_it_answers_with_a_redirect_and_a_flash_message(client, alice):
    reply = send(client, total=5)
    assert reply.redirect_chain == [("/jobs/", 302)]
    assert b"We are making your things." in reply.content
    assert Job.objects.get().owner == alice
    assert Job.objects.get().arguments == {"total": 5}


def test_the_form_and_its_page_carry_a_token(client, alice):
    page = client.get("/things/").content.decode()
    assert 'name="form_token" value="' in page
    assert page != client.get("/things/").content.decode()


def test_a_double_click_is_one_job(client, alice):
    send(client, total=5)
    reply = send(client, total=5)
    assert Job.objects.count() == 1
    assert Thing.objects.count() == 1
    assert b"You already sent this." in reply.content
    assert f"/things/?again={Job.objects.get().pk}".encode() in reply.content


def test_running_it_again_begins_with_what_was_sent(client, alice):
    send(client, total=7)
    job = Job.objects.get()
    page = client.get(f"/things/?again={job.pk}").content.decode()
    assert 'value="7"' in page
    send(client, token="t2", total=7)
    assert Job.objects.count() == 2
    for odd in ("rubbish", "00000000-0000-0000-0000-000000000000"):
        assert client.get(f"/things/?again={odd}").status_code == 404


def test_back_changed_and_sent_is_a_new_job(client, alice):
    send(client, total=5)
    send(client, total=6)
    assert Job.objects.count() == 2


def test_the_same_token_of_another_person_is_another_job(client, alice):
    send(client, total=5)
    client.force_login(get_user_model().objects.create_user("bob", "bob@example.org", "pw"))
    send(client, total=5)
    assert Job.objects.count() == 2


def test_two_clicks_at_the_same_moment_are_decided_by_the_index(client, alice, monkeypatch):
    real = Job.objects.filter
    send(client, total=5)
    looked = []

    def blind_once(*args, **kwargs):
        if "unique_key" in kwargs and not looked:
            looked.append(1)
            return Job.objects.none()
        return real(*args, **kwargs)

    monkeypatch.setattr(type(Job.objects), "filter", lambda self, *a, **k: blind_once(*a, **k), raising=False)
    reply = send(client, total=5)
    monkeypatch.undo()
    assert looked
    assert Job.objects.count() == 1
    assert Thing.objects.count() == 1
    assert b"You already sent this." in reply.content


def test_a_bad_form_comes_back_with_what_was_typed(client, alice):
    reply = send(client, total=51, note="<b>mine</b>")
    assert reply.status_code == 200
    assert b"less than or equal to 50" in reply.content
    assert b"&lt;b&gt;mine&lt;/b&gt;" in reply.content
    assert not Job.objects.exists()


def test_a_visitor_logs_in_first(client):
    reply = client.post("/things/", {"total": 5})
    assert reply.status_code == 302
    assert "/accounts/login/" in reply.url
    assert not Job.objects.exists()


def test_a_broker_that_is_away_is_told_and_the_job_is_saved(client, alice, monkeypatch):
    from kombu.exceptions import OperationalError as BrokerError

    from task.jobs.engine import broker

    def away(*args, **kwargs):
        raise BrokerError("no")

    monkeypatch.setattr(broker, "_send", away)
    reply = send(client, total=5)
    assert reply.status_code == 200
    assert b"Saved. The queue" in reply.content
    assert Job.objects.get().state == "queued"


def test_form_rows_that_fail_leave_nothing(client, alice, monkeypatch):
    Thing.objects.create(name="row of taken")
    client.raise_request_exception = False
    assert client.post("/things/", {"form_token": "t", "total": 5, "note": "taken"}).status_code == 500
    assert not Job.objects.exists()
