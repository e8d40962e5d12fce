"""The first five minutes in a real browser: the states of the card, an invitation on a phone; also without script."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from task.accounts.invitations import Invitation
from task.accounts.models import User
from task.books.models import Book
from task.first_steps.models import Progress
from task.jobs.models import Job
from task.jobs.testing import execute_all
from tests.accounts.sign_ups import CLOSED, FIELDS
from tests.browser import filling
from tests.browser.conftest import Visit
from tests.browser.test_pages import AXE, SERIOUS, TOO_WIDE

PHONE = {"viewport": {"width": 360, "height": 740}}
PASSWORD = FIELDS["password1"]


@pytest.fixture(autouse=True)
def unset(transactional_db: None, settings: Any) -> None:
    settings.CONTACT = settings.GITHUB_TOKEN = ""
    cache.clear()


def boxes(page: Page) -> list[str]:
    """What stands in the boxes of the steps: a number, or nothing where there is a tick."""
    return [text.strip() for text in page.locator(".steps .step-box").all_inner_texts()]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_the_steps_are_done_one_after_the_other(visit: Visit, people: dict[str, Any], script: bool) -> None:
    visitor = visit("staff", java_script_enabled=script)
    page = visitor.open("/")
    expect(page.locator(".steps-head")).to_contain_text("0 of 4 done")
    assert boxes(page) == ["1", "2", "3", "4"]
    page.get_by_role("button", name="Animal Farm").click()
    page.wait_for_url("**/books/scan/")
    assert Book.objects.get().scanned_by == people["staff"]

    page = visitor.open("/")
    expect(page.locator(".steps-head")).to_contain_text("1 of 4 done")
    page.get_by_role("link", name="Look at the job").click()
    page.wait_for_url("**/jobs/*/")

    page = visitor.open("/")
    assert boxes(page) == ["", "", "3", "4"]
    page.locator(".steps").get_by_role("link", name="Invite a colleague").click()
    page.locator("[name=email]").fill("dora@example.org")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.locator("main")).to_contain_text("dora@example.org")

    page = visitor.open("/")
    expect(page.locator(".steps-head")).to_contain_text("3 of 4 done")
    expect(page.locator(".step-sets")).to_contain_text("GITHUB_TOKEN")
    page.get_by_role("button", name="Send a test email").click()
    page.wait_for_url("**/jobs/*/")
    page = visitor.open("/")
    page.get_by_role("button", name="Dismiss the first steps").click()
    expect(page.locator(".steps")).to_have_count(0)
    page = visitor.open("/first-steps/")
    page.get_by_role("button", name="Show them on the home page").click()
    expect(page.locator(".steps")).to_be_visible()
    assert visitor.wrong == []


def test_the_card_follows_a_scan_that_is_looked_up(visit: Visit, people: dict[str, Any]) -> None:
    later = timezone.now() + timedelta(hours=1)
    job = filling.job(people["member"], "Look up 9780441478125", "running", 3, kind="books.look_up", lease_until=later)
    visitor = visit()
    page = visitor.open("/")
    expect(page.locator(".steps-head")).to_contain_text("0 of 2 done")
    Book.objects.create(isbn="9780441478125", scanned_by=people["member"], job=job)
    expect(page.locator(".steps-head")).to_contain_text("1 of 2 done")
    Job.objects.filter(pk=job.pk).update(state="failed", error="The shelf is full.", finished=timezone.now())
    expect(page.locator(".attention")).to_contain_text("The shelf is full.")
    expect(page.get_by_role("heading", name="In progress")).to_have_count(0)
    expect(page.locator("#home[data-live]")).to_have_count(0)
    assert visitor.wrong == []


def test_a_scan_on_the_home_page_ticks_the_first_step_at_once(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/")
    expect(page.locator(".steps-head")).to_contain_text("0 of 2 done")
    page.get_by_label("Scan, type or paste ISBNs").fill("9780441478125")
    page.keyboard.press("Enter")
    expect(page.locator(".steps-head")).to_contain_text("1 of 2 done")
    expect(page.locator("#scan-last")).to_contain_text("looking up")
    expect(page.get_by_role("heading", name="Current cart")).to_be_visible()
    assert visitor.wrong == []


def test_what_needs_attention_is_dealt_with_by_the_keyboard(visit: Visit, people: dict[str, Any]) -> None:
    filling.job(people["member"], "Sing", "failed", 9, error="The choir is ill.")
    visitor = visit(**PHONE)
    page = visitor.open("/")
    page.get_by_role("button", name="Dismiss Sing").press("Enter")
    expect(page.locator(".attention")).to_have_count(0)
    assert visitor.wrong == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_somebody_who_is_invited_signs_up_on_a_phone(visit: Visit, people: dict[str, Any], script: bool) -> None:
    staff = visit("staff")
    page = staff.open("/users/invitations/")
    page.get_by_role("button", name="Close sign-up").click()
    expect(page.locator("main")).to_contain_text("Only people with an invitation.")
    page.locator("[name=email]").fill("dora@example.org")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.locator("main")).to_contain_text("Sending email")
    execute_all()
    link = mail.outbox[-1].body.partition("/accounts/invitation/")[2].split()[0]

    visitor = visit("stranger", java_script_enabled=script, **PHONE)
    page = visitor.open("/accounts/signup/")
    expect(page.locator("h1")).to_have_text("Sign-up is by invitation only")
    page = visitor.open(f"/accounts/invitation/{link}")
    if script:
        page.evaluate(AXE.read_text())
        assert page.evaluate(SERIOUS) == []
        assert page.evaluate(TOO_WIDE) == 0
    page.locator("[name=username]").fill("dora")
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill("another one 7")
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator(".invalid-feedback")).to_be_visible()
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator("h1")).to_contain_text("dora")
    expect(page.locator(".steps-head")).to_contain_text("0 of 2 done")
    assert User.objects.get(username="dora").email == "dora@example.org"

    page = staff.open("/users/invitations/")
    expect(page.locator("main .rows")).to_contain_text("used")
    invitation = Invitation.objects.get()
    assert invitation.user.username == "dora"
    assert staff.wrong + visitor.wrong == []


def test_an_invitation_is_withdrawn(visit: Visit, people: dict[str, Any]) -> None:
    link = filling.invitation("dora@example.org", people["staff"])
    visitor = visit("staff", **PHONE)
    page = visitor.open("/users/invitations/")
    page.get_by_role("button", name="Withdraw the invitation of dora@example.org").click()
    expect(page.locator("main .rows")).to_contain_text("withdrawn")
    expect(visit("stranger").open(link).locator("h1")).to_have_text(CLOSED)
    assert not Progress.objects.exists()
    assert visitor.wrong == []
