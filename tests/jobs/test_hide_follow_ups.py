"""`/jobs/` has a count for the hundreds of follow-up jobs that one job makes, and shows them when asked."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from task.jobs.models import Job
from task.jobs.pages import follow_ups, search

pytestmark = pytest.mark.django_db
HIDE, HIDDEN = "Hide follow-up jobs", "Follow-up jobs hidden"
SHOW, SHOWN = "Show follow-up jobs", "Follow-up jobs shown"


def jobs(owner: Any, count: int = 30) -> Job:
    """A job and behind it so many follow-ups, the newest last."""
    now = timezone.now() - timedelta(hours=1)
    state = {"kind": "workbench.empty", "owner": owner, "state": "succeeded"}
    parent = Job.objects.create(title="Invite the club", created=now, **state)
    Job.objects.bulk_create(
        Job(title=f"Email {n}", parent=parent, created=now + timedelta(seconds=n + 1), **state) for n in range(count)
    )
    return parent


def titles(page: Any) -> set[str]:
    return {row.title for row in page.context["rows"]}


def test_a_job_and_what_follows_it_are_one_line_with_a_count(member: Client, alice: Any) -> None:
    parent = jobs(alice)
    parent.children.filter(title="Email 3").update(state="failed")
    page = member.get("/jobs/")
    assert titles(page) == {"Invite the club"}
    assert "<small>30 follow-up jobs: 29 done, 1 failed</small>" in page.text
    assert f'<a class="btn btn-line btn-sm" href="?follow_ups=show">{SHOW}</a>' in page.text
    page = member.get("/jobs/?follow_ups=show")
    assert {"Email 29", "Email 10"} <= titles(page)
    assert SHOWN in page.text
    assert titles(member.get("/jobs/?state=failed")) == {"Email 3"}, "What went wrong is not hidden."
    assert "Email 7" in titles(member.get("/jobs/?q=email 7"))


def test_of_very_many_the_first_are_counted(member: Client, alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow_ups, "ON_A_PAGE", 20)
    jobs(alice)
    assert "<small>More than 20 follow-up jobs: 20 done</small>" in member.get("/jobs/").text


def test_who_is_swamped_hides_them_and_sees_what_they_started(member: Client, alice: Any) -> None:
    jobs(alice)
    page = member.get("/jobs/?state=succeeded")
    assert f'<a class="btn btn-line btn-sm" href="?state=succeeded&amp;follow_ups=hide">{HIDE}</a>' in page.text
    page = member.get("/jobs/?follow_ups=hide")
    assert titles(page) == {"Invite the club"}
    assert HIDDEN in page.text
    assert HIDE not in page.text
    assert 'href="?follow_ups=hide&amp;state=failed"' in page.text, "The other filters keep it."
    for more in ("&state=succeeded", "&kind=workbench.empty", "&q=club", "&state=succeeded&q=club"):
        assert titles(member.get(f"/jobs/?follow_ups=hide{more}")) == {"Invite the club"}


def test_where_there_are_none_nothing_is_offered(member: Client, alice: Any) -> None:
    jobs(alice, 0)
    assert HIDE not in member.get("/jobs/").text
    assert member.get("/jobs/?follow_ups=nonsense").status_code == 200


def test_programs_hide_them_too(member: Client, alice: Any) -> None:
    parent = jobs(alice)
    found = member.get("/api/jobs/?follow_ups=hide").json()["results"]
    assert [each["id"] for each in found] == [str(parent.pk)]


def test_of_one_state_the_newest_are_looked_at(member: Client, alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SEARCHED", 10)
    jobs(alice)
    page = member.get("/jobs/?follow_ups=hide&state=succeeded")
    assert (titles(page), page.context["filter"].has_older) == (set(), True)
    assert titles(member.get("/jobs/?follow_ups=hide")) == {"Invite the club"}


@pytest.mark.sqlite
@pytest.mark.parametrize("who", ["alice", "charlie"])
@pytest.mark.parametrize("query", ["", "&sort=oldest"])
def test_its_cost_stands_in_an_index(
    client_of: Callable[[Any], Client], request: pytest.FixtureRequest, alice: Any, who: str, query: str
) -> None:
    jobs(alice)
    client = client_of(request.getfixturevalue(who))
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/jobs/?follow_ups=hide{query}")
    (listed,) = [each["sql"] for each in queries if '"parent_id" IS NULL' in each["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {listed}")
        plan = "; ".join(str(line[3]) for line in cursor.fetchall())
    assert "TEMP B-TREE" not in plan, plan
    assert ("job_newest_own_first_hand" if who == "alice" else "(parent_id=?)") in plan, plan
