"""A run's page: what Celery tells of its tasks, what can be said when it tells nothing, and who may read it."""

import re
from datetime import timedelta

import pytest
from billiard.exceptions import WorkerLostError
from celery import signals
from celery.exceptions import Retry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_celery_results.models import ChordCounter, TaskResult

from task.playground import start as starting
from task.playground.canvases import CANVASES, MOST_OPEN
from task.playground.graph import RUN
from task.playground.models import FailedTry, PlaygroundRun
from task.playground.outcomes import save_outcome
from task.playground.start import start
from task.playground.tasks import count, square, store, stumble
from tests.playground.pages import NO_ANSWER, TRACE, record, runs, saved
from tests.playground.test_form import flashes, send
from tests.reading import read

URL = reverse("playground")
AWAY = "The queue can't be reached, so nothing was started. Try again in a moment."
LOST = "No worker has taken it yet. If the broker lost the message, nobody will know: this is why"
CLEARED = "Celery's record of this task was deleted."
pytestmark = pytest.mark.django_db


def page_of(client, run):
    response = client.get(run.get_absolute_url())
    assert response.status_code == 200
    return response


def words_on(response):
    return response.content.decode().replace("&#x27;", "'").replace("&quot;", '"')


def seen(response):
    return [[look.state for _, look in stage] for stage in response.context["stages"]]


@pytest.mark.parametrize(
    ("name", "state", "stages", "live"),
    [
        ("pending", "waiting", [["waiting"] * 10, ["waiting"], ["waiting"]], True),
        ("started", "running", [["done", "running", "waiting", "waiting"], ["waiting"], ["waiting"]], True),
        ("progress", "running", [["running"], ["waiting"]], True),
        ("retry", "trying again", [["trying again"], ["waiting"]], True),
        ("retried", "done", [["done"], ["done"]], False),
        ("success", "done", [["done"], ["done"], ["done"]], False),
        ("group", "done", [["done"] * 10], False),
        ("failure", "failed", [["failed"], ["never ran"]], False),
        ("chord_error", "failed", [["done", "failed", "done"], ["never ran"], ["never ran"]], False),
        ("died", "failed", [["failed"], ["never ran"]], False),
        ("lost", "no sign", [["done"], ["no sign"], ["waiting"]], True),
        ("silent", "no sign", [["no sign"], ["waiting"]], True),
        ("cleared", "cleared away", [["cleared away"] * 2, ["cleared away"], ["cleared away"]], False),
        ("never", "never started", [["never started"], ["never started"], ["never started"]], False),
        ("partly", "running", [["done", "waiting", "never started"]], True),
    ],
)
def test_each_state_in_its_words(member, alice, name, state, stages, live):
    run = runs(alice)[name]
    page = page_of(member, run)
    assert (page.context["state"], seen(page), bool(page.context["live_url"])) == (state, stages, live)
    assert ("data-live" in words_on(page)) == live
    listed = {row["run"].pk: row["state"] for row in member.get(URL).context["rows"]}
    assert listed[run.pk] == state


def test_the_sentences(member, alice):
    made = runs(alice)
    for name, sentence in {
        "pending": "Waiting for a worker.",
        "progress": "6 of 10 steps done.",
        "retry": "The next try is in a second.",
        "failure": "It never ran: a task before it failed. Celery recorded that failure here too: ZeroDivisionError.",
        "chord_error": "A task of the group failed, so the rest of the chord never ran.",
        "died": "The process that ran it died. Celery recorded that, and gives it to no other worker.",
        "lost": LOST,
        "silent": "A worker took it and has not been heard from since.",
        "cleared": CLEARED,
        "never": "The broker could not be reached, so nothing was sent. Plain Celery will not send it later",
        "partly": "Its message was never sent: the queue went away first.",
    }.items():
        assert sentence in words_on(page_of(member, made[name])), name


def test_the_last_state_is_waited_for_that_a_chord_writes_after_its_members(member, alice):
    run = saved(alice, "chord", 1, 0)
    record(run, 0, 0, "SUCCESS", "100.0")
    record(run, 0, 1, "FAILURE", '{"exc_type": "ZeroDivisionError", "exc_message": ["x"], "exc_module": "builtins"}')
    assert page_of(member, run).context["live_url"]
    record(run, 2, 0, "FAILURE", '{"exc_type": "ChordError", "exc_message": ["x"], "exc_module": "celery.exceptions"}')
    page = page_of(member, run)
    assert not page.context["live_url"]
    assert "ChordError: x." in words_on(page)


def test_a_chord_that_never_says_why_is_over_after_a_minute(member, alice):
    run = saved(alice, "chord", 1, 0, age=61)
    for place in (0, 1):
        record(run, 0, place, "FAILURE", '{"exc_type": "ValueError", "exc_message": [], "exc_module": "builtins"}')
    assert not page_of(member, run).context["live_url"]


def test_how_it_ended_is_kept_when_celery_forgets(member, alice, django_assert_max_num_queries):
    run = runs(alice)["success"]
    before = seen(page_of(member, run))
    save_outcome(run.pk)
    run.refresh_from_db()
    assert (run.outcome, run.ended is not None) == ("done", True)
    TaskResult.objects.all().delete()
    with django_assert_max_num_queries(7):  # the session, the person, the run, its result, its tries, two of the menu
        page = page_of(member, run)
    assert seen(page) == before
    assert "9,999,999,999,999,980" in words_on(page)


def test_looking_writes_nothing(member, alice):
    made = runs(alice)
    with CaptureQueriesContext(connection) as asked:
        for run in made.values():
            page_of(member, run)
        member.get(URL)
    assert [query["sql"] for query in asked if not query["sql"].startswith("SELECT")] == []


def test_a_run_is_kept_once_all_of_it_has_ended_and_not_before(alice):
    outcomes = dict.fromkeys(("success", "retried", "group"), "done")
    outcomes |= dict.fromkeys(("failure", "chord_error", "died"), "failed")
    made = runs(alice)
    for run in made.values():
        save_outcome(run.pk)
    kept = {name: PlaygroundRun.objects.get(pk=run.pk).outcome for name, run in made.items()}
    assert kept == dict.fromkeys(made, "") | {"cleared": "cleared away"} | outcomes
    ended = PlaygroundRun.objects.get(pk=made["group"].pk).ended
    TaskResult.objects.all().delete()
    save_outcome(made["group"].pk)  # by a task that ended at the same time
    assert PlaygroundRun.objects.get(pk=made["group"].pk).ended == ended
    save_outcome("00000000-0000-4000-8000-000000000000")  # a run that was swept meanwhile


def test_each_task_that_ends_asks_whether_all_has_ended(alice):
    run = saved(alice, "group", 1, 2)
    for place in (0, 1):
        assert PlaygroundRun.objects.get(pk=run.pk).outcome == ""
        record(run, 0, place, "SUCCESS", "1")
        square.push_request(id=run.graph[0][place]["id"], **{RUN: str(run.pk)})
        signals.task_postrun.send(square, task_id=run.graph[0][place]["id"], task=square)
        square.pop_request()
    assert PlaygroundRun.objects.get(pk=run.pk).outcome == "done"


def test_a_process_that_died_is_kept_by_the_one_that_saw_it(alice):
    run = runs(alice)["died"]
    signals.task_failure.send(count, task_id=run.graph[0][0]["id"], exception=ValueError())
    assert PlaygroundRun.objects.get(pk=run.pk).outcome == ""
    signals.task_failure.send(count, task_id=run.graph[0][0]["id"], exception=WorkerLostError())
    assert PlaygroundRun.objects.get(pk=run.pk).outcome == "failed"


def test_what_ran_before_a_record_that_is_gone_is_cleared_away_and_not_waiting(member, alice):
    run = runs(alice)["success"]
    TaskResult.objects.filter(task_id=run.graph[0][0]["id"]).delete()
    assert seen(page_of(member, run)) == [["cleared away"], ["done"], ["done"]]


def test_the_failed_tries_are_told_while_it_is_tried_again_and_when_it_is_done(member, alice):
    made = runs(alice)
    tries = [f"Try {number} failed at {{}}: ConnectionError: Nobody answered." for number in (1, 2)]
    for name, failed in {"retry": 1, "retried": 2, "success": 0}.items():
        page = re.sub(r"\d\d:\d\d:\d\d", "{}", read(words_on(page_of(member, made[name]))))
        assert [words in page for words in tries] == [failed > 0, failed > 1], name
    save_outcome(made["retried"].pk)
    TaskResult.objects.all().delete()
    assert "Try 2 failed at" in words_on(page_of(member, made["retried"]))
    assert "8, 2 failed tries" in words_on(page_of(member, made["retried"]))


def test_a_failed_try_is_kept_once_however_often_its_message_comes(alice):
    run = saved(alice, "retry", 7)
    task_id = run.graph[0][0]["id"]
    for retries in (0, 0, 1):
        stumble.push_request(id=task_id, retries=retries, **{RUN: str(run.pk)})
        reason = Retry(exc=ConnectionError("<b>Nobody</b> " + "x" * 1000))
        signals.task_retry.send(stumble, request=stumble.request, reason=reason, einfo=None)
        stumble.pop_request()
    assert list(run.failed_tries.order_by("number").values_list("number", flat=True)) == [1, 2]
    run.delete()  # and they go with it
    assert not FailedTry.objects.exists()


def test_a_retry_that_does_not_come_is_no_sign_after_a_minute(member, alice):
    run = saved(alice, "retry", 7, age=90)
    record(run, 0, 0, "RETRY", NO_ANSWER, age=62)
    page = page_of(member, run)
    assert page.context["state"] == "no sign"
    assert "It will be tried again, unless that message was lost: nobody would know." in words_on(page)


def test_a_run_saved_just_now_is_on_its_way_and_one_never_published_is_not(member, alice):
    assert page_of(member, saved(alice, "chain", 1, 2, age=1, sent=False)).context["state"] == "waiting"
    run = saved(alice, "chain", 1, 2, age=10, sent=False)  # its process died before the first message
    page = page_of(member, run)
    assert page.context["state"] == "never started"
    assert not page.context["live_url"]
    record(run, 0, 0, "SUCCESS", "3")  # or after it
    assert seen(page_of(member, run)) == [["done"], ["waiting"], ["waiting"]]


def test_a_stranger_finds_nothing(member, stranger, client, alice):
    run = runs(alice)["chord_error"]
    assert stranger.get(run.get_absolute_url()).status_code == 404
    assert stranger.get(run.get_absolute_url(), headers={"HX-Request": "true"}).status_code == 404
    assert run.get_absolute_url() not in words_on(stranger.get(URL))
    assert client.get(run.get_absolute_url()).headers["Location"].startswith(reverse("login"))
    assert member.get(reverse("playground_run", args=["00000000-0000-4000-8000-000000000000"])).status_code == 404
    assert member.get("/playground/1/").status_code == 404
    assert member.post(run.get_absolute_url()).status_code == 405


def test_staff_see_everybodys_runs_and_the_tracebacks(member, staff, alice):
    run = runs(alice)["chord_error"]
    assert "Traceback (most recent" in words_on(page_of(staff, run))
    assert "by alice" in words_on(page_of(staff, run))
    assert "Traceback" not in words_on(page_of(member, run))
    assert TRACE.splitlines()[0] not in words_on(page_of(member, run))
    assert run.get_absolute_url() in words_on(staff.get(URL))


def test_nothing_that_an_exception_says_is_markup(member, staff, alice):
    run = runs(alice)["chord_error"]
    for client in (member, staff):
        assert "<script>alert" not in page_of(client, run).content.decode()


def test_htmx_is_given_what_changes_alone(member, alice):
    run = runs(alice)["progress"]
    part = words_on(member.get(run.get_absolute_url(), headers={"HX-Request": "true"}))
    assert "<html" not in part
    assert f'id="run-band" data-live="{run.get_absolute_url()}"' in part
    assert 'id="run-live" hx-swap-oob="true"' in part


def test_start_it_again_is_another_run_of_the_same_numbers(member, alice, broker):
    run = saved(alice, "chain", 4, 5, sent=False, ended=timezone.now())
    page = page_of(member, run)
    fields = {"form_token": page.context["form_token"], "canvas": run.canvas, "numbers": page.context["numbers"]}
    assert f'name="numbers" value="{fields["numbers"]}"' in words_on(page)
    answer = member.post(URL, fields)
    again = PlaygroundRun.objects.latest("created", "published")
    assert answer.headers["Location"] == again.get_absolute_url() != run.get_absolute_url()
    assert (again.canvas, again.inputs) == (run.canvas, run.inputs)


# The broker away


@pytest.mark.parametrize("canvas", CANVASES)
def test_without_a_broker_nothing_starts_and_the_row_says_so(member, broker, canvas):
    broker.takes = 0
    response = send(member, canvas, CANVASES[canvas].example)
    run = PlaygroundRun.objects.get()
    assert response.headers["Location"] == run.get_absolute_url()
    assert flashes(response) == [AWAY]
    assert (run.outcome, run.published, run.ended is None) == ("", None, False)
    page = page_of(member, run)
    assert page.context["state"] == "never started"
    assert not page.context["live_url"]
    assert "Start again" in words_on(page)
    assert not ChordCounter.objects.exists()
    broker.takes = None
    for _ in range(CANVASES[canvas].most_open):  # what never started holds nobody up
        assert send(member, canvas, CANVASES[canvas].example).status_code == 302
    assert PlaygroundRun.objects.exclude(published=None).count() == CANVASES[canvas].most_open


def test_a_broker_that_goes_away_between_two_messages_is_told_exactly(member, broker):
    broker.takes = 2
    response = send(member, "group", "1, 2, 3, 4, 5")
    assert flashes(response) == ["The queue went away after 2 of 5 messages. The others were not sent."]
    run = PlaygroundRun.objects.get()
    assert seen(page_of(member, run)) == [["waiting"] * 2 + ["never started"] * 3]
    for place in (0, 1):
        record(run, 0, place, "SUCCESS", "1")
    page = page_of(member, run)
    assert page.context["state"] == "failed"
    assert not page.context["live_url"]
    [row] = member.get(URL).context["rows"]
    assert (row["state"], row["changes"]) == ("failed", False)


# The rest


def test_a_result_is_stored_once_whoever_brings_it_again(alice):
    run = saved(alice, "chain", 2, 3)
    for number in (50, 50, 51):
        assert store(number, str(run.pk)) == number
    run.refresh_from_db()
    assert run.result == 50
    assert store(7, "00000000-0000-4000-8000-000000000000") == 7  # a run that was swept meanwhile


def test_each_new_run_removes_those_older_than_a_week(alice, broker):
    old = [saved(alice, "chain", 1, n, age=8 * 86_400 + n) for n in range(3)]
    young = saved(alice, "chain", 1, 2, age=6 * 86_400)
    run, _ = start(alice, CANVASES["chain"], [1, 2])
    assert set(PlaygroundRun.objects.values_list("pk", flat=True)) == {young.pk, run.pk}
    assert not PlaygroundRun.objects.filter(pk__in=[each.pk for each in old]).exists()


def test_what_has_ended_or_is_silent_holds_no_new_run_up(alice, broker):
    for _ in range(MOST_OPEN):
        ended = saved(alice, "fail", 7)
        for stage in (0, 1):
            record(ended, stage, 0, "FAILURE", '{"exc_type": "E", "exc_message": [], "exc_module": "builtins"}')
        saved(alice, "chain", 1, 2, age=starting.PATIENCE + 1)
    assert starting.open_runs(alice) == []
    for _ in range(MOST_OPEN):
        start(alice, CANVASES["chain"], [1, 2])
    with pytest.raises(starting.TooMany):
        start(alice, CANVASES["chain"], [1, 2])


def test_the_list_has_twenty_a_page_and_goes_on(member, alice, django_assert_max_num_queries):
    made = [saved(alice, "group", *range(10), age=100 + n) for n in range(45)]
    for place in range(10):
        record(made[0], 0, place, "SUCCESS", "1")
    with django_assert_max_num_queries(7):
        first = member.get(URL, {"canvas": "chord"})
    assert [row["run"].pk for row in first.context["rows"]] == [run.pk for run in made[:20]]
    second = member.get(URL + first.context["page"].next_url)
    assert [row["run"].pk for row in second.context["rows"]] == [run.pk for run in made[20:40]]
    assert second.context["canvas"].name == "chord"
    for odd in ("x", "\0", "9" * 500, "e30"):
        assert member.get(URL, {"after": odd}).status_code == 200


@pytest.mark.sqlite
@pytest.mark.parametrize(("who", "index"), [("member", "playground_newest_of_owner"), ("staff", "playground_newest")])
def test_a_page_of_runs_is_found_by_an_index_and_loads_no_graph(who, index, request, alice):
    saved(alice, "chain", 1, 2)
    client = request.getfixturevalue(who)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        client.get(URL)
    [listed] = [each["sql"] for each in asked if 'ORDER BY "playground_playgroundrun"' in each["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {listed}")
        plan = [row[3] for row in cursor.fetchall()]
    assert f"USING INDEX {index}" in [
        step.partition(" (")[0].partition("playground_playgroundrun ")[2] for step in plan
    ], plan
    assert "TEMP B-TREE" not in str(plan), plan
    assert '"graph"' not in listed
    assert '"password"' not in listed


def test_the_list_is_live_while_something_runs(member, alice):
    assert "data-live" not in words_on(member.get(URL))
    run = saved(alice, "chain", 1, 2)
    assert f'id="play-runs" data-live="{URL}"' in words_on(member.get(URL))
    long_ago = timezone.now() - timedelta(seconds=61)
    PlaygroundRun.objects.filter(pk=run.pk).update(created=long_ago, published=long_ago)
    assert "data-live" not in words_on(member.get(URL))


def test_every_plain_task_has_its_limits_and_a_name_that_is_no_kind_of_job():
    from task.jobs.engine.registry import KINDS
    from task.playground.plain import PlainTask

    tasks = {task for canvas in CANVASES.values() for task in canvas.tasks}
    for task in tasks:
        assert task.name.startswith("playground.")
        assert task.name not in KINDS
        assert isinstance(task._get_current_object(), PlainTask)
        assert task.soft_time_limit < task.time_limit <= 8
        assert task.track_started
        assert not task.acks_late
