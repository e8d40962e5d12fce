"""What a job made stands first on its page: features bring it, for the kinds that they name."""

from typing import Any

import pytest
from django.apps import apps
from django.urls import reverse

from task.face.panels import Panel
from task.jobs import checks
from task.jobs.engine.executor import execute
from task.jobs.models import Job
from task.jobs.pages import made
from tests.workbench import tasks

pytestmark = pytest.mark.django_db(transaction=True)

ONE = Panel("workbench.one", "tests.jobs.test_made.something", on=made.PLACE, kinds=("workbench.make",))
TWO = Panel("workbench.two", "tests.jobs.test_made.something", on=made.PLACE, kinds=("workbench.make",))
NONE = Panel("workbench.none", "tests.jobs.test_made.nothing", on=made.PLACE, kinds=("workbench.make",))


def something(request: Any, job: Job) -> tuple[str, dict[str, Any]]:
    return "jobs/_made.html", {}


def nothing(request: Any, job: Job) -> None:
    return None


@pytest.fixture
def bring(monkeypatch):
    def panels(*declared):
        monkeypatch.setattr(apps.get_app_config("jobs"), "panels", list(declared))

    return panels


def test_the_section_says_so_far_until_the_job_has_ended(member, alice, bring):
    bring(ONE)
    job = tasks.make_things.apply_async(kwargs={"total": 3}, owner=alice)
    assert "Made so far" in member.get(job.get_absolute_url()).content.decode()
    execute(job.pk)
    page = member.get(job.get_absolute_url()).content.decode()
    assert "Made so far" not in page
    assert page.index("What it made") < page.index("What happened")


def test_the_live_piece_brings_it_along_with_the_pages_own_query(member, alice, bring):
    bring(ONE)
    job = tasks.make_things.apply_async(kwargs={"total": 3}, owner=alice)
    live = reverse("job_live", args=[job.pk])
    assert f'data-live="{live}?made=found"' in member.get(f"{job.get_absolute_url()}?made=found").content.decode()
    piece = member.get(f"{live}?made=found").content.decode()
    assert 'id="job-outcome" hx-swap-oob="true"' in piece
    assert "Made so far" in piece


def test_only_the_first_of_several_has_the_pages_heading(member, alice, bring):
    bring(NONE, ONE, TWO)
    job = tasks.make_things.apply_async(kwargs={"total": 3}, owner=alice)
    page = member.get(job.get_absolute_url()).content.decode()
    assert page.count("Made so far") == 1
    assert page.index("made-workbench.one") < page.index("made-workbench.two")


def test_no_section_where_nothing_was_made_or_the_kind_is_another(member, alice, bring):
    bring(NONE)
    made_nothing = tasks.make_things.apply_async(kwargs={"total": 3}, owner=alice)
    assert "Made so far" not in member.get(made_nothing.get_absolute_url()).content.decode()
    bring(ONE)
    other = tasks.do_nothing.apply_async(owner=alice)
    assert "Made so far" not in member.get(other.get_absolute_url()).content.decode()


def test_why_it_failed_stands_before_what_it_made(member, alice, bring):
    bring(ONE)
    job = tasks.make_things.apply_async(kwargs={"total": 3}, owner=alice)
    Job.objects.filter(pk=job.pk).update(state="failed", error="The shelf is full.")
    page = member.get(job.get_absolute_url()).content.decode()
    assert page.index("The shelf is full.") < page.index("What it made")


def test_a_panel_of_a_kind_that_there_is_not_is_told_at_the_start(bring):
    bring(ONE)
    assert checks.check_panels() == []
    bring(Panel("workbench.lost", ONE.function, on=made.PLACE, kinds=("workbench.gone",)))
    (problem,) = checks.check_panels()
    assert (problem.id, "workbench.gone" in problem.msg) == ("jobs.E005", True)
