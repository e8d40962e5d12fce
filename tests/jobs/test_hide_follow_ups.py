"""`/jobs/` without the hundreds of follow-up jobs that one job makes: kept in the address, and at a flat cost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from task.jobs.models import Job
from task.jobs.pages import search

pytestmark = pytest.mark.django_db
HIDE, HIDDEN = "Hide follow-up jobs", "Follow-up jobs hidden"


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


def test_who_is_swamped_hides_them_and_sees_what_they_started(member: Client, alice: Any) -> None:
    jobs(alice)
    page = member.get("/jobs/")
    assert "Invite the club" not in titles(page)
    assert f'<a class="btn btn-line btn-sm" href="?follow_ups=hide">{HIDE}</a>' in page.text
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
