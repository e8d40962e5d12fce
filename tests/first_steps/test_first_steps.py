"""The card of a person's first steps: what ticks them off, who sees which, and when the card goes."""

from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse

from task.books.models import Book
from task.books.tasks import look_up_books
from task.first_steps.models import Progress
from task.jobs.models import Job

pytestmark = pytest.mark.django_db
CARD, SHOW, DISMISS = "First five minutes", reverse("first_steps_show"), reverse("first_steps_dismiss")
README = ["9780345418913", "9780451524935", "9780451526342", "9781101990322"]


@pytest.fixture
def staff(client_of: Any, charlie: Any) -> Client:
    client: Client = client_of(charlie)
    return client


def home(client: Client) -> str:
    return " ".join(client.get("/").content.decode().split())


def steps(client: Client) -> dict[str, str]:
    """Each step by its heading: done, now or ahead."""
    found = client.get(reverse("first_steps")).context["steps"]
    return {each.step.heading: "done" if each.is_done else "now" if each.is_next else "ahead" for each in found}


@pytest.fixture
def unset(settings: Any) -> None:
    settings.CONTACT = settings.GITHUB_TOKEN = ""


def test_members_see_two_steps_and_staff_all(member: Client, staff: Client, unset: None) -> None:
    assert steps(member) == {"Scan a book": "now", "Look at its job": "ahead"}
    assert list(steps(staff)) == ["Scan a book", "Look at its job", "Invite a colleague", "Check the settings"]
    assert "0 of 2 done" in home(member)
    assert "0 of 4 done" in home(staff)
    assert "GITHUB_TOKEN" not in home(member)


def test_the_buttons_scan_and_the_step_is_done(member: Client, alice: Any) -> None:
    form = home(member).partition('class="step-try"')[2].partition("</form>")[0]
    assert README[0] in form
    assert "Hitchhiker" in form
    token = form.partition('name="form_token" value="')[2].partition('"')[0]
    assert f'action="{reverse("books_scan")}"' in form
    member.post(reverse("books_scan"), {"isbns": README[0], "form_token": token})
    assert Book.objects.get().scanned_by == alice
    assert steps(member) == {"Scan a book": "done", "Look at its job": "now"}
    page = home(member)
    assert "1 of 2 done" in page
    assert f'href="{Job.objects.get().get_absolute_url()}">Look at the job</a>' in page
    assert "step-try" not in page


def test_only_books_are_offered_that_nobody_has_scanned(member: Client, bob: Any) -> None:
    offered = [isbn for isbn, _ in member.get(reverse("first_steps")).context["steps"][0].context["books"]]
    assert offered == README
    Book.objects.bulk_create(Book(isbn=isbn, scanned_by=bob) for isbn in README[1:])
    offered = [isbn for isbn, _ in member.get(reverse("first_steps")).context["steps"][0].context["books"]]
    assert offered[0] == README[0]
    assert len(offered) == 4
    assert not set(offered) & set(README[1:])
    assert steps(member)["Scan a book"] == "now", "They are bob's."


def test_the_page_of_an_own_job_is_the_second_step(member: Client, staff: Client, alice: Any) -> None:
    job = look_up_books.apply_async(kwargs={"count": 1}, owner=alice)
    assert staff.get(job.get_absolute_url()).status_code == 200
    assert steps(staff)["Look at its job"] == "ahead", "It is alice's."
    member.get(reverse("books_scan"))
    assert steps(member)["Look at its job"] == "ahead", "A form is no job."
    member.get(job.get_absolute_url())
    assert steps(member)["Look at its job"] == "done"
    seen = Progress.objects.get().job_seen_at
    member.get(job.get_absolute_url())
    assert Progress.objects.get().job_seen_at == seen


def test_the_page_of_a_job_is_shown_when_nothing_can_be_saved(
    member: Client, alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("The disk is full.")

    job = look_up_books.apply_async(kwargs={"count": 1}, owner=alice)
    monkeypatch.setattr(type(Progress.objects.all()), "bulk_create", refuse)
    assert member.get(job.get_absolute_url()).status_code == 200


def test_settings_are_told_by_name_and_never_by_value(staff: Client, settings: Any) -> None:
    settings.CONTACT, settings.GITHUB_TOKEN = "secretly@example.org", " "
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    page = " ".join(staff.get(reverse("first_steps")).content.decode().split())
    assert "2 of 3 not set." in page
    shown = page.partition('step-sets">')[2].partition("</dl>")[0]
    words = [part.partition("</dt>")[0] for part in shown.split("<dt>")[1:]]
    assert words == ["CONTACT", "EMAIL_URL", "GITHUB_TOKEN"]
    assert shown.count('<span class="word">set</span>') == 1
    assert shown.count('<span class="word">not set</span>') == 2
    assert "secretly" not in page
    settings.GITHUB_TOKEN, settings.EMAIL_BACKEND = "ghp_secret", "django.core.mail.backends.smtp.EmailBackend"
    assert steps(staff)["Check the settings"] == "done"


def test_a_test_email_is_sent_from_the_step_once(staff: Client, charlie: Any, unset: None) -> None:
    form = staff.get(reverse("first_steps")).content.decode().partition(f'action="{reverse("emails_test")}"')[2]
    token = form.partition('name="form_token" value="')[2].partition('"')[0]
    for _ in range(2):
        staff.post(reverse("emails_test"), {"form_token": token})
    assert [(job.kind, job.owner) for job in Job.objects.all()] == [("emails.test", charlie)]


def test_it_goes_when_all_is_done(member: Client, alice: Any) -> None:
    Book.objects.create(isbn=README[0], scanned_by=alice)
    assert CARD in home(member)
    Progress.objects.note(alice, job_seen_at="2026-01-01T00:00Z")
    assert CARD not in home(member)
    assert steps(member) == {"Scan a book": "done", "Look at its job": "done"}


def test_it_is_dismissed_and_brought_back_by_each_person_alone(member: Client, staff: Client, unset: None) -> None:
    assert member.get(DISMISS).status_code == member.get(SHOW).status_code == 405
    for _ in range(2):
        assert member.post(DISMISS).headers["Location"] == "/"
    assert CARD not in home(member)
    assert CARD in home(staff)
    page = member.get(reverse("first_steps")).content.decode()
    assert CARD in page
    assert f'action="{SHOW}"' in page
    for _ in range(2):
        assert member.post(SHOW).headers["Location"] == "/"
    assert CARD in home(member)
    assert f'action="{SHOW}"' not in member.get(reverse("first_steps")).content.decode()


def test_dismissing_forgets_no_step(member: Client, alice: Any) -> None:
    Progress.objects.note(alice, job_seen_at="2026-01-01T00:00Z")
    member.post(DISMISS)
    member.post(SHOW)
    assert steps(member)["Look at its job"] == "done"


def test_beside_the_card_stand_no_hours(member: Client, alice: Any) -> None:
    look_up_books.apply_async(kwargs={"count": 1}, owner=alice)
    assert "Last 24 hours" not in home(member)
    member.post(DISMISS)
    assert "Last 24 hours" in home(member)


def test_it_costs_little(member: Client, alice: Any, django_assert_max_num_queries: Any) -> None:
    member.get("/")
    with django_assert_max_num_queries(20):
        member.get("/")
    member.post(DISMISS)
    with django_assert_max_num_queries(16):
        member.get("/")


def test_a_visitor_logs_in_first(client: Client) -> None:
    for answer in (client.get(reverse("first_steps")), client.post(DISMISS), client.post(SHOW)):
        assert answer.headers["Location"].startswith(reverse("login"))
    assert not Progress.objects.exists()
