"""The jobs pages, by their owner, by staff and by a stranger."""

import re
import uuid

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from task.jobs.engine import transitions
from task.jobs.engine.executor import execute
from task.jobs.engine.registry import label_of
from task.jobs.engine.transitions import claim
from task.jobs.models import Job, State
from tests.workbench import tasks

pytestmark = pytest.mark.django_db(transaction=True)


def person(name, **fields):
    return get_user_model().objects.create_user(name, f"{name}@example.org", "pw", **fields)


@pytest.fixture
def alice(client):
    alice = person("alice")
    client.force_login(alice)
    return alice


@pytest.fixture
def bob_client(client_class=None):
    from django.test import Client

    client = Client()
    client.force_login(person("bob"))
    return client


@pytest.fixture
def staff_client():
    from django.test import Client

    client = Client()
    client.force_login(person("sam", is_staff=True))
    return client


def test_a_visitor_is_asked_to_log_in(client):
    job = tasks.do_nothing.delay()
    for name, args in [("jobs_list", []), ("job_detail", [job.pk]), ("job_live", [job.pk])]:
        reply = client.get(reverse(name, args=args))
        assert reply.status_code == 302
        assert reverse("login") in reply.url


def test_people_see_their_own_jobs_and_staff_all(client, alice, bob_client, staff_client):
    job = tasks.make_things.apply_async(kwargs={"total": 7}, owner=alice)
    assert b"Make 7 things" in client.get("/jobs/").content
    assert b"Make 7 things" not in bob_client.get("/jobs/").content
    assert b"Make 7 things" in staff_client.get("/jobs/").content
    for name in ("job_detail", "job_live"):
        url = reverse(name, args=[job.pk])
        assert client.get(url).status_code == 200
        assert bob_client.get(url).status_code == 404
        assert staff_client.get(url).status_code == 200


def test_a_stranger_changes_nothing(alice, bob_client):
    job = tasks.do_nothing.apply_async(owner=alice)
    for name in ("job_cancel", "job_retry"):
        assert bob_client.post(reverse(name, args=[job.pk])).status_code == 404
    assert Job.objects.get(pk=job.pk).state == State.QUEUED
    assert bob_client.get(reverse("job_detail", args=[uuid.uuid4()])).status_code == 404


def test_nothing_changes_by_get(client, alice):
    job = tasks.do_nothing.apply_async(owner=alice)
    for name in ("job_cancel", "job_retry"):
        assert client.get(reverse(name, args=[job.pk])).status_code == 405


def test_cancel_and_retry_by_their_buttons(client, alice):
    job = tasks.do_nothing.apply_async(owner=alice)
    reply = client.post(reverse("job_cancel", args=[job.pk]), follow=True)
    assert b"Cancelled" in reply.content
    assert reverse("job_retry", args=[job.pk]).encode() in reply.content
    client.post(reverse("job_retry", args=[job.pk]))
    execute(job.pk)
    reply = client.get(job.get_absolute_url())
    assert b"Nothing done." in reply.content
    assert reverse("job_retry", args=[job.pk]).encode() not in reply.content


def test_a_button_leads_back_only_to_our_own_pages(client, alice):
    job = tasks.do_nothing.apply_async(owner=alice)
    url = reverse("job_cancel", args=[job.pk])
    assert client.post(url, {"next": "https://evil.example/"}).url == job.get_absolute_url()
    assert client.post(url, {"next": "/jobs/?state=failed"}).url == "/jobs/?state=failed"
    assert client.post(url, {"next": "foo"}).status_code == 302


def test_a_cancel_that_came_too_late_is_told(client, alice):
    job = tasks.do_nothing.apply_async(owner=alice)
    execute(job.pk)
    reply = client.post(reverse("job_cancel", args=[job.pk]), follow=True)
    assert b"It ended before" in reply.content


def test_the_list_filters_by_state_and_kind(client, alice):
    waiting = tasks.make_things.apply_async(kwargs={"total": 7}, owner=alice).get_absolute_url()
    done = tasks.do_nothing.apply_async(owner=alice)
    execute(done.pk)
    page = client.get("/jobs/?state=succeeded").content.decode()
    assert done.get_absolute_url() in page
    assert waiting not in page
    page = client.get("/jobs/?kind=workbench.make").content.decode()
    assert waiting in page
    assert done.get_absolute_url() not in page
    assert client.get("/jobs/?state=nonsense&kind=%00&after=%00").status_code == 200


def test_a_job_that_a_worker_takes_while_it_is_cancelled_is_told_to_stop(client, alice, monkeypatch):
    job, real = tasks.make_things.apply_async(kwargs={"total": 7}, owner=alice), transitions.end

    def late(*args, **columns):
        claim(job.pk)
        return real(*args, **columns)

    monkeypatch.setattr(transitions, "end", late)
    page = client.post(reverse("job_cancel", args=[job.pk]), follow=True).content.decode()
    assert "Stopping after this step" in page
    job.refresh_from_db()
    assert (job.state, job.cancel_requested) == ("running", True)


def kinds_offered(client):
    return dict(re.findall(r'<a href="\?kind=([\w.]+)">([^<]+)</a>', client.get("/jobs/").content.decode()))


def test_a_kind_is_offered_by_what_its_jobs_are_called_together(staff_client):
    offered = kinds_offered(staff_client)
    assert offered["books.look_up"] == "Look up books"  # the titles differ, and it has a label
    assert offered["workbench.empty"] == "Do nothing"  # the title that all of them share
    assert offered["workbench.make"] == "Workbench: make"  # neither
    assert list(offered.values()) == sorted(offered.values())
    assert label_of("gone.long_ago") == "Gone: long ago"  # of a feature that is not here any more


def test_a_member_is_offered_the_kinds_that_they_sent(client, alice, staff_client):
    tasks.make_things.apply_async(kwargs={"total": 7}, owner=alice)
    assert kinds_offered(client) == {}, "There is nothing to choose from."
    tasks.do_nothing.apply_async(owner=alice)
    tasks.refuse.apply_async(owner=get_user_model().objects.get(username="sam"))
    assert kinds_offered(client) == {"workbench.empty": "Do nothing", "workbench.make": "Workbench: make"}


def test_a_kind_that_is_gone_still_narrows_the_list_down(client, alice):
    Job.objects.create(kind="gone.stamps", title="Print 3 stamps", owner=alice)
    tasks.do_nothing.apply_async(owner=alice)
    assert kinds_offered(client)["gone.stamps"] == "Gone: stamps"
    page = client.get("/jobs/?kind=gone.stamps").content.decode()
    assert "Print 3 stamps" in page
    assert ">Do nothing</a>" not in page.partition("<table")[2]
    assert "No jobs of this kind." in client.get("/jobs/?kind=nobody.knows").content.decode()


def test_staff_tell_their_own_jobs_from_those_of_others_and_of_the_desk(client, alice, staff_client):
    sam = get_user_model().objects.get(username="sam")
    own, hers, nobodys = (tasks.do_nothing.apply_async(owner=owner) for owner in (sam, alice, None))

    def shown(client, **query):
        answer = client.get("/jobs/", query)
        return {job.pk for job in answer.context["rows"]}

    assert shown(staff_client) == {own.pk, hers.pk, nobodys.pk}
    assert shown(staff_client, whose="mine") == {own.pk}
    assert shown(staff_client, whose="desk") == {nobodys.pk}
    assert shown(staff_client, whose="\0x") == {own.pk, hers.pk, nobodys.pk}
    page = staff_client.get("/jobs/").content.decode()
    assert 'data-label="Requested by">alice<' in page
    assert 'data-label="Requested by">automatic<' in page
    assert shown(client, whose="desk") == {hers.pk}  # a member sees one's own, whatever the address says
    assert 'data-label="Requested by"' not in client.get("/jobs/").content.decode()


@pytest.mark.sqlite
@pytest.mark.parametrize("query", ["", "?whose=mine", "?whose=desk", "?whose=desk&state=failed&sort=oldest", "?last=1"])
def test_no_list_sorts_or_reads_the_table(staff_client, query):
    Job.objects.bulk_create([Job(kind="workbench.empty", title="x") for _ in range(200)])
    with CaptureQueriesContext(connection) as asked:
        staff_client.get("/jobs/" + query)
    (sql,) = [each["sql"] for each in asked if "LIMIT 26" in each["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql)
        plan = [row[3] for row in cursor.fetchall()]
    assert [line for line in plan if "USING INDEX job_newest" in line or "job_oldest_follow_up (parent_id=?)" in line]
    assert not [line for line in plan if "TEMP B-TREE" in line], (sql, plan)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("state=failed", "No failed jobs."),
        ("state=queued", "No waiting jobs."),
        ("state=succeeded", "No jobs are done."),
        ("kind=workbench.make", "No jobs of this kind."),
        ("state=failed&kind=workbench.make", "No failed jobs of this kind."),
        ("", "No jobs yet."),
    ],
)
def test_an_empty_list_says_what_there_is_none_of(client, alice, query, says):
    assert says in client.get(f"/jobs/?{query}").content.decode()


def test_a_failed_job_can_be_left_as_it_is(client, alice, bob_client):
    job = tasks.do_nothing.apply_async(owner=alice)
    Job.objects.filter(pk=job.pk).update(state=State.FAILED, error="The shelf is full.")
    leave = reverse("job_dismiss", args=[job.pk])
    assert leave.encode() in client.get("/").content
    assert bob_client.post(leave).status_code == 404
    assert client.get(leave).status_code == 405
    for _ in range(2):
        assert client.post(leave, {"next": "/"}).url == "/"
    assert b"Needs attention" not in client.get("/").content
    kept = Job.objects.get(pk=job.pk)
    assert (kept.state, kept.error, kept.history) == (State.FAILED, "The shelf is full.", [])
    assert b"Dismissed" in client.get(job.get_absolute_url()).content


def test_a_job_that_was_left_and_fails_again_asks_again(client, alice):
    job = tasks.do_nothing.apply_async(owner=alice)
    Job.objects.filter(pk=job.pk).update(state=State.FAILED)
    client.post(reverse("job_dismiss", args=[job.pk]))
    client.post(reverse("job_retry", args=[job.pk]))
    assert b"Dismissed" not in client.get(job.get_absolute_url()).content
    Job.objects.filter(pk=job.pk).update(state=State.FAILED)
    assert b"Needs attention" in client.get("/").content


def test_only_a_failed_job_is_left(client, alice):
    job = tasks.do_nothing.apply_async(owner=alice)
    client.post(reverse("job_dismiss", args=[job.pk]))
    assert Job.objects.get(pk=job.pk).dismissed_at is None


def test_a_running_page_asks_for_its_live_part_and_an_ended_one_stops(client, alice):
    job = tasks.make_things.apply_async(kwargs={"total": 7}, owner=alice)
    claim(job.pk)
    live = reverse("job_live", args=[job.pk])
    assert live.encode() in client.get(job.get_absolute_url()).content
    assert live.encode() in client.get(live).content
    Job.objects.filter(pk=job.pk).update(state=State.SUCCEEDED)
    assert b"data-live" not in client.get(job.get_absolute_url()).content
    assert b"data-live" not in client.get(live).content


def test_what_jobs_say_is_escaped(client, alice):
    job = tasks.do_nothing.apply_async(owner=alice)
    evil = "<script>alert(1)</script>"
    Job.objects.filter(pk=job.pk).update(title=evil, error=evil, message=evil, state=State.FAILED, tally={evil: 1})
    for url in ("/jobs/", job.get_absolute_url(), reverse("job_live", args=[job.pk]), "/"):
        page = client.get(url).content
        assert b"<script>alert" not in page


def test_only_staff_see_a_traceback(client, alice, staff_client):
    job = tasks.do_nothing.apply_async(owner=alice)
    Job.objects.filter(pk=job.pk).update(state=State.FAILED, error="It failed.", traceback="Traceback: secret place")
    assert b"secret place" not in client.get(job.get_absolute_url()).content
    assert b"secret place" in staff_client.get(job.get_absolute_url()).content


def test_a_list_never_loads_what_it_does_not_show(client, alice, django_assert_max_num_queries):
    for _ in range(30):
        tasks.do_nothing.apply_async(owner=alice)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        client.get("/jobs/")
    listed = [q["sql"] for q in queries if 'FROM "jobs_job"' in q["sql"]]
    assert len(queries) < 12
    assert listed
    assert not any('"jobs_job"."arguments"' in sql or '"jobs_job"."traceback"' in sql for sql in listed)
    assert not any("COUNT(" in sql for sql in listed)


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_its_page(client, alice, state):
    job = tasks.make_things.apply_async(kwargs={"total": 7}, owner=alice)
    Job.objects.filter(pk=job.pk).update(state=state, done=3, total=7)
    for url in ("/jobs/", job.get_absolute_url(), "/"):
        assert client.get(url).status_code == 200


def test_a_job_of_a_removed_feature_still_reads(client, alice, staff_client):
    job = Job.objects.create(kind="gone.kind", title="Of another time", owner=alice)
    assert b"Of another time" in client.get(job.get_absolute_url()).content
    assert b"Of another time" in client.get("/jobs/").content


def test_many_follow_ups_are_counted_by_their_states(client, alice):
    parent = tasks.do_nothing.apply_async(owner=alice)
    made = [Job(kind="workbench.empty", title="x", parent=parent, owner=alice, state=State.FAILED) for _ in range(23)]
    Job.objects.bulk_create([*made, Job(kind="workbench.empty", title="x", parent=parent, state=State.SUCCEEDED)])
    page = client.get(parent.get_absolute_url()).content.decode()
    assert "24 follow-up jobs: 1 done, 23 failed. These are the first 20." in page


def test_a_tally_without_figures_is_left_out(client, alice):
    job = tasks.do_nothing.apply_async(owner=alice)
    words = client.get(job.get_absolute_url()).content.decode()
    assert "What happened" in words
    assert "In numbers" not in words
    execute(job.pk)
    assert "In numbers" in client.get(job.get_absolute_url()).content.decode()
