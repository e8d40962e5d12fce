"""Emails for programs."""

import pytest
from django.core import mail

from task.emails.models import Email
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.api.conftest import program as program
from tests.emails.making import email, job_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_staff_see_all_of_them_and_search(program, charlie, alice):
    own = email(alice, subject="Your report")
    email(charlie, subject="Hello", state="failed", reason="No such mailbox.")
    api = program(charlie, as_staff=True)
    assert {row["subject"] for row in api.get("/api/emails/").json()["results"]} == {"Your report", "Hello"}
    (row,) = api.get("/api/emails/", {"q": "your"}).json()["results"]
    assert (row["id"], row["job"], row["words"]) == (str(own.pk), str(own.job_id), "sent")
    assert "text" not in row
    (failed,) = api.get("/api/emails/", {"state": "failed"}).json()["results"]
    assert failed["reason"] == "No such mailbox."


def test_members_are_not_told_that_there_is_a_list(program, alice, charlie):
    for api in (program(alice), program(charlie)):
        assert api.get("/api/emails/").status_code == 404
        assert api.post("/api/emails/test/").status_code == 404
    assert not Job.objects.exists()


def test_who_got_one_reads_it_and_finds_it_at_its_job(program, alice):
    one = email(alice)
    api = program(alice)
    found = api.get(f"/api/emails/{one.pk}/").json()
    assert (found["subject"], found["text"], found["html"]) == (one.subject, one.text, one.html)
    (listed,) = api.get(f"/api/jobs/{one.job_id}/emails/").json()["results"]
    assert listed["url"] == found["url"]


def test_an_email_to_another_address_is_not_there_for_the_jobs_owner(program, alice):
    other = email(job=job_of(alice), to="somebody@example.org")
    api = program(alice)
    assert api.get(f"/api/emails/{other.pk}/").status_code == 404
    assert api.get(f"/api/jobs/{other.job_id}/emails/").json()["results"] == []


def test_a_test_email_goes_to_who_asks_and_with_a_key_once(program, charlie):
    api = program(charlie, as_staff=True)
    answers = [api.post("/api/emails/test/", HTTP_IDEMPOTENCY_KEY="k") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    execute_all()
    assert [message.to for message in mail.outbox] == [["charlie@example.org"]]
    assert Email.objects.get().job_id == Job.objects.get().pk
