"""The list for staff, one email for its reader and for staff, its frame, and the test email."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from task.emails.filters import EmailFilter
from task.emails.made import email_of
from task.emails.models import Email
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.emails.making import email, job_of

pytestmark = pytest.mark.django_db
LIST = reverse("emails_list")


@pytest.fixture
def staff(client_of: Callable[[Any], Client], charlie: Any) -> Client:
    return client_of(charlie)


def html_of(row: Email) -> str:
    return reverse("email_html", args=[row.pk])


# The list


def test_the_list_is_for_staff_alone(staff: Client, member: Client, client: Client, alice: Any) -> None:
    row = email(alice, subject="Your <report>")
    page = staff.get(LIST).content.decode()
    for shown in ("Your &lt;report&gt;", alice.email, row.get_absolute_url(), row.job.get_absolute_url()):
        assert shown in page
    assert member.get(LIST).status_code == 404
    assert client.get(LIST).url.startswith(reverse("login"))


def test_an_empty_list_says_what_to_do(staff: Client) -> None:
    assert "No emails yet." in staff.get(LIST).content.decode()


def found(staff: Client, **query: str) -> set[str]:
    return {row.subject for row in staff.get(LIST, query).context["rows"]}


def test_it_is_searched_by_the_beginning_of_recipient_or_subject(staff: Client, alice: Any, bob: Any) -> None:
    email(alice, subject="Übersicht of today")
    email(bob, subject="Alice is ready")
    email(bob, subject="Order 7")
    assert found(staff, q="ALICE") == {"Übersicht of today", "Alice is ready"}
    assert found(staff, q="bob@example.org") == {"Alice is ready", "Order 7"}
    assert found(staff, q="ubersicht") == {"Übersicht of today"}
    assert found(staff, q="ready") == set()
    assert "No emails match “ready”." in staff.get(LIST, {"q": "ready"}).content.decode()
    assert found(staff, q="bob", state="failed") == set()


def test_its_tabs_tell_what_was_sent_from_what_was_not(staff: Client, alice: Any) -> None:
    email(alice, subject="There")
    email(alice, subject="Refused", state="failed", reason="No such user.", sent=None)
    email(alice, subject="Cut off", state="sending", sent=None)
    page = staff.get(LIST)
    assert [words for _, words, _ in page.context["states"]] == ["All", "sent", "not sent", "not confirmed"]
    assert "No such user." in page.content.decode()
    assert [found(staff, state=state) for state in ("sent", "failed", "sending")] == [
        {"There"},
        {"Refused"},
        {"Cut off"},
    ]


def test_a_search_that_finds_too_many_says_so(staff: Client, alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("task.emails.filters.MOST_FOUND", 2)
    for number in range(4):
        email(alice, subject=f"Order {number}")
    page = staff.get(LIST, {"q": alice.email})
    assert "Not all matches are shown." in page.content.decode()
    assert [row.subject for row in page.context["rows"]] == ["Order 3", "Order 2"]


def test_a_page_costs_the_same_however_many_there_are(staff: Client, alice: Any) -> None:
    def cost(**query: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            staff.get(LIST, query)
        assert not [each for each in queries if '"emails_email"."html"' in each["sql"]]
        assert not [each for each in queries if "COUNT(" in each["sql"]]
        return len(queries)

    email(alice, state="failed", reason="No.")
    before = cost(), cost(q="hel"), cost(state="failed")
    for _ in range(30):
        email(alice, state="failed", reason="No.", job=job_of(alice, state="queued"))
    assert (cost(), cost(q="hel"), cost(state="failed")) == before


def test_the_filter_names_what_it_searches() -> None:
    assert {*EmailFilter.base_filters} == {"state", "q"}


# One email


def test_an_email_is_for_its_reader_and_for_staff(
    staff: Client, member: Client, client_of: Any, alice: Any, bob: Any, client: Client
) -> None:
    row = email(alice)
    for page in (row.get_absolute_url(), html_of(row)):
        assert (staff.get(page).status_code, member.get(page).status_code) == (200, 200)
        assert client_of(bob).get(page).status_code == 404
        assert client.get(page).url.startswith(reverse("login"))


def test_one_to_another_address_or_of_nobodys_job_is_for_staff_alone(
    staff: Client, member: Client, alice: Any, bob: Any
) -> None:
    others = [email(alice, to=bob.email), email(alice, to=f"{alice.email}, {bob.email}"), email(None, to=alice.email)]
    others += [email(bob, to=alice.email)]
    for row in others:
        for page in (row.get_absolute_url(), html_of(row)):
            assert (staff.get(page).status_code, member.get(page).status_code) == (200, 404)


def test_one_that_somebodys_job_sent_is_for_whom_it_is_to_as_long_as_the_address_is_theirs(
    member: Client, client_of: Any, alice: Any, bob: Any, charlie: Any
) -> None:
    row = email(charlie, to=alice.email, reader=alice.pk)
    page = member.get(row.get_absolute_url()).content.decode()
    assert row.job.get_absolute_url() not in page
    assert client_of(bob).get(row.get_absolute_url()).status_code == 404
    nobodys = email(None, to=alice.email, reader=alice.pk)  # such as that of a password reset
    assert member.get(nobodys.get_absolute_url()).status_code == 404
    type(alice).objects.filter(pk=alice.pk).update(email="alice@elsewhere.example")
    type(bob).objects.filter(pk=bob.pk).update(email=alice.email)
    for client in (member, client_of(bob)):
        assert client.get(row.get_absolute_url()).status_code == 404


def test_somebody_without_an_address_sees_no_email_without_recipient(client_of: Any, alice: Any) -> None:
    row = email(alice, to="")
    type(alice).objects.filter(pk=alice.pk).update(email="")
    assert client_of(alice).get(row.get_absolute_url()).status_code == 404


def test_it_shows_the_head_and_a_frame_or_the_plain_text(member: Client, alice: Any) -> None:
    row = email(alice, subject="A & B")
    page = member.get(row.get_absolute_url()).content.decode()
    for shown in (alice.email, "The desk &lt;desk@localhost&gt;", "<b>A &amp; B</b>", row.job.get_absolute_url()):
        assert shown in page
    assert f'<iframe class="letter-frame" src="{html_of(row)}" sandbox="allow-popups ' in page
    assert "allow-scripts" not in page
    assert "In plain text." not in page
    page = member.get(row.get_absolute_url(), {"as": "text"}).content.decode()
    assert "<iframe" not in page
    assert "Hello\n\nIn plain text." in page


def test_one_without_html_is_plain_text(member: Client, alice: Any) -> None:
    row = email(alice, html="")
    page = member.get(row.get_absolute_url()).content.decode()
    assert "In plain text." in page
    assert "<iframe" not in page
    assert member.get(html_of(row)).status_code == 404


@pytest.mark.parametrize(
    ("columns", "active", "words"),
    [
        ({"state": "failed", "reason": "Refused."}, False, "Not sent. Refused."),
        ({"state": "failed", "reason": "Come back."}, True, "Come back. Its job will try again."),
        ({"state": "sending"}, True, "Being sent."),
        ({"state": "sending"}, False, "we do not know whether it arrived"),
    ],
)
def test_it_says_what_is_known(member: Client, alice: Any, columns: dict[str, str], active: bool, words: str) -> None:
    row = email(alice, job_of(alice, state="running" if active else "failed"), sent=None, **columns)
    assert words in member.get(row.get_absolute_url()).content.decode()


def test_the_frame_runs_loads_and_sends_nothing_and_it_alone_may_be_framed(member: Client, alice: Any) -> None:
    row = email(alice)
    answer = member.get(html_of(row))
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "allow-popups allow-popups-to-escape-sandbox allow-same-origin",
    }
    page = member.get(row.get_absolute_url())
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert "unsafe-inline" not in page["Content-Security-Policy"]


# On its job's page


def made_for(user: Any, job: Job) -> Any:
    request = RequestFactory().get("/")
    request.user = user
    return email_of(request, job)


def test_a_job_shows_its_email_to_its_reader_and_to_staff(alice: Any, bob: Any, charlie: Any) -> None:
    row = email(alice)
    for reader in (alice, charlie):
        template, context = made_for(reader, row.job)
        assert (template, context["email"]) == ("emails/pages/_made.html", row)
    assert made_for(bob, row.job) is None
    assert made_for(alice, job_of(alice)) is None


def test_its_page_has_the_email_in_what_it_made(staff: Client, member: Client, alice: Any) -> None:
    row = email(alice)
    for client in (staff, member):
        page = client.get(row.job.get_absolute_url()).content.decode()
        assert page.index("What it made") < page.index(html_of(row)) < page.index("What happened")
        assert "Plain text" in page
    page = member.get(row.job.get_absolute_url(), {"as": "text"}).content.decode()
    assert "In plain text." in page
    assert "<iframe" not in page


def test_a_job_that_wrote_to_many_shows_the_subjects(charlie: Any) -> None:
    job = job_of(None)
    for number in range(3):
        email(job=job, subject=f"Letter {number}")
    assert made_for(charlie, job) is None, "It still writes."
    job.state = "succeeded"
    template, context = made_for(charlie, job)
    assert template == "emails/pages/_several.html"
    assert [row.subject for row in context["emails"]] == ["Letter 2", "Letter 1", "Letter 0"]


# The test email


def test_a_test_email_goes_to_who_asks_for_it_and_leads_to_its_job(staff: Client, charlie: Any) -> None:
    page = staff.get(LIST).content.decode()
    assert f'action="{reverse("emails_test")}"' in page
    answer = staff.post(reverse("emails_test"), {"form_token": "x"}, follow=True)
    job = Job.objects.get(kind="emails.test")
    assert answer.redirect_chain == [(job.get_absolute_url(), 302)]
    assert f"We are sending a test email to {charlie.email}." in answer.content.decode()
    execute_all()
    (message,) = mail.outbox
    assert (message.to, message.subject) == ([charlie.email], "Test email from the desk")
    assert message.subject in staff.get(LIST).content.decode()
    staff.post(reverse("emails_test"), {"form_token": "x"})
    assert Job.objects.filter(kind="emails.test").count() == 1, "A double click is one email."


def test_members_send_no_test_email(member: Client, client: Client) -> None:
    assert member.post(reverse("emails_test")).status_code == 404
    assert client.post(reverse("emails_test")).status_code == 302
    assert not Job.objects.exists()


def test_the_menu_of_staff_leads_there(staff: Client, member: Client) -> None:
    assert f'href="{LIST}"' in staff.get("/").content.decode()
    assert f'href="{LIST}"' not in member.get("/").content.decode()
