"""How this works, unfolded: tabs by keyboard and without scripts, within the window, and the mark that moves."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from task.jobs.models import Job
from tests.browser import filling
from tests.browser.conftest import Visit
from tests.browser.test_pages import AXE, LOOKS, SERIOUS, TOO_WIDE

TABS = ("Form", "View", "Task", "Template")


@pytest.fixture
def running(people: dict[str, Any]) -> Job:
    later = timezone.now() + timedelta(hours=1)
    return filling.job(people["member"], "Make 1,000 users", "running", 5, done=100, total=1_000, lease_until=later)


def unfold(page: Page) -> None:
    page.locator("details.how > summary").click()


@pytest.mark.parametrize("name", ["home", "signup", "generate", "books_scan", "job"])
def test_it_is_clean_at_every_width_with_each_tab_open(visit: Visit, running: Job, name: str) -> None:
    visitor = visit("stranger" if name in ("home", "signup") else "member")
    page = visitor.open(running.get_absolute_url() if name == "job" else reverse(name))
    if name != "home":
        unfold(page)
    page.evaluate(AXE.read_text())
    wrong = []
    for width, theme in [(320, "light"), *LOOKS]:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        for part in TABS:
            page.locator(f"label[for=how-{part.lower()}]").click()
            assert page.locator(".how-pane:visible").count() == 1
            if (beyond := page.evaluate(TOO_WIDE)) > 0:
                wrong.append(f"{part} is {beyond} px too wide at {width}")
        wrong += [f"{width} {theme}: {finding}" for finding in page.evaluate(SERIOUS)]
    assert wrong + visitor.wrong == []


def test_tabs_go_by_arrow_keys_and_each_shows_its_file(visit: Visit, people: dict[str, Any]) -> None:
    page = visit().open(reverse("generate"))
    summary = page.locator("details.how > summary")
    summary.focus()
    page.keyboard.press("Enter")
    pane = page.locator(".how-pane:visible")
    expect(pane).to_contain_text("def generate_random_users(run")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "how-task"
    page.keyboard.press("ArrowRight")
    expect(pane).to_contain_text("templates/accounts/generate.html")
    page.keyboard.press("ArrowRight")
    expect(pane).to_contain_text("class GenerateForm(")
    page.keyboard.press("ArrowRight")
    expect(pane).to_contain_text("class GenerateView(JobFormView)")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "View, random_views.py"


def test_it_is_whole_without_scripts(visit: Visit, running: Job) -> None:
    page = visit(java_script_enabled=False).open(running.get_absolute_url())
    unfold(page)
    expect(page.locator(".station-yours")).to_contain_text("yours is here")
    page.get_by_text("forms.py", exact=True).click()
    expect(page.locator(".how-pane:visible")).to_contain_text("class GenerateForm(")


def test_the_mark_moves_while_it_is_unfolded(visit: Visit, running: Job) -> None:
    visitor = visit()
    page = visitor.open(running.get_absolute_url())
    unfold(page)
    page.locator("label[for=how-view]").click()
    expect(page.locator(".station-yours h3")).to_have_text("Worker")
    done = {"state": "succeeded", "done": 1_000, "message": "1,000 made.", "finished": timezone.now()}
    Job.objects.filter(pk=running.pk).update(**done)
    expect(page.locator(".station-yours h3")).to_have_text("List")
    expect(page.locator(".how-pane:visible")).to_contain_text("class GenerateView(JobFormView)")  # the tab stays
    assert page.locator("#how-path").count() == 1
    assert not visitor.wrong
