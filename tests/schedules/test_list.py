"""The page of the schedules, and its button."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, PeriodicTasks

from task.jobs.models import Job
from task.schedules.rows import times_in_words
from task.schedules.tasks import remove_old_jobs
from task.schedules.timetable import name_of_run
from tests.reading import read

pytestmark = pytest.mark.django_db


def page(client, url="/schedules/"):
    answer = client.get(url)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def row(client, name="Often"):
    return next(row for row in client.get("/schedules/").context["rows"] if row.schedule.name == name)


def flashes(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_nobody_but_staff_is_told_that_there_is_such_a_page(member, schedule):
    run = f"/schedules/{schedule().pk}/run/"
    assert member.get("/schedules/").status_code == 404
    assert member.post(run).status_code == 404
    assert Client().get("/schedules/").status_code == 302
    assert Client().post(run).status_code == 302
    assert "Schedules" not in member.get("/").content.decode()
    assert not Job.objects.exists()


def test_staff_find_it_in_the_menu(staff):
    assert 'href="/schedules/"' in staff.get("/").content.decode()


def test_a_schedule_tells_what_when_and_how_it_went(staff, schedule, monkeypatch):
    hourly = schedule(description="Counts the <b>spines</b>.")
    due = timezone.now().replace(minute=0, second=0, microsecond=0)
    monkeypatch.setattr(timezone, "now", lambda: due + timedelta(minutes=30))
    for hours, state in ((2, "succeeded"), (1, "failed")):
        at = due - timedelta(hours=hours)
        Job.objects.create(
            kind="schedules.tick", title="Tick", state=state, unique_key=name_of_run(hourly.pk, at), created=at
        )
    shown = row(staff)
    assert (shown.when, shown.zone, shown.problem) == ("Every hour", "UTC", "")
    assert shown.last.state == "failed"
    assert shown.next == due + timedelta(hours=1)
    html = page(staff)
    assert "Counts the &lt;b&gt;spines&lt;/b&gt;." in html
    assert shown.last.get_absolute_url() in html
    assert f"{shown.next:%H:%M:%S}" in html


def test_one_that_was_switched_on_has_not_run_by_that(staff, schedule):
    own = schedule("Own", task="celery.backend_cleanup")
    assert "not yet</span>" in page(staff)
    now = timezone.now()
    PeriodicTask.objects.update(last_run_at=now, date_changed=now)
    assert "not yet</span>" in page(staff)
    PeriodicTask.objects.update(total_run_count=3)
    assert "not since it changed</span>" in page(staff)
    PeriodicTask.objects.filter(pk=own.pk).update(last_run_at=now + timedelta(seconds=1))
    html = page(staff)
    assert "not since it changed</span>" not in html
    assert "not yet</span>" not in html


def test_the_night_of_the_change_is_told_where_clocks_change(staff, schedule):
    schedule("UTC")
    schedule("Often", every=2)
    assert "clocks go back" not in page(staff)
    schedule("Berlin", crontab=CrontabSchedule.objects.create(minute="0", timezone="Europe/Berlin"))
    assert "When the clocks go back, a schedule with a time of day runs once" in page(staff)


def test_one_that_is_off_has_no_next_run(staff, schedule):
    schedule(enabled=False)
    assert row(staff).next is None
    assert "off</span>" in page(staff)


def test_the_page_is_live_while_something_runs_or_soon_will(staff, schedule):
    nightly = CrontabSchedule.objects.create(minute="0", hour=str((timezone.now().hour + 5) % 24), timezone="UTC")
    far = schedule("Far", crontab=nightly)
    assert "data-live" not in page(staff)
    job = Job.objects.create(kind="schedules.tick", title="Tick", unique_key=name_of_run(far.pk, timezone.now()))
    assert "data-live" in page(staff)
    Job.objects.filter(pk=job.pk).update(state="succeeded")
    assert "data-live" not in page(staff)
    schedule("Near", every=2)
    assert "data-live" in page(staff)


@pytest.mark.parametrize(
    ("times", "zone"),
    [({"minute": "*"}, ""), ({"minute": "*/5"}, ""), ({"minute": "0"}, "UTC"), ({"minute": "*", "hour": "8"}, "UTC")],
)
def test_what_is_the_same_in_all_zones_names_none(staff, schedule, times, zone):
    schedule("One", crontab=CrontabSchedule.objects.create(**times, timezone="UTC"))
    assert row(staff, "One").zone == zone


def test_one_that_begins_later_or_has_ended_says_so(staff, schedule):
    begins = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
    schedule("Later", start_time=begins)
    schedule("Ended", expires=timezone.now() - timedelta(days=1))
    assert row(staff, "Later").next == begins
    assert row(staff, "Ended").next is None


def test_a_run_of_another_schedule_is_not_taken_for_its_own(staff, schedule):
    one, two = schedule("One"), schedule("Two")
    Job.objects.create(kind="schedules.tick", title="T", unique_key=name_of_run(two.pk, timezone.now()))
    assert row(staff, "One").last is None
    assert row(staff, "Two").last is not None
    assert one.pk < two.pk


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"task": "gone.since_long"}, "No process here knows the kind “gone.since_long”"),
        ({"kwargs": '{"total": 5}'}, "Its arguments do not fit schedules.tick: got an unexpected keyword argument"),
        ({"kwargs": "{total"}, "Its arguments are not JSON: "),
        ({"kwargs": "[1]"}, "takes its arguments by name"),
        ({"kwargs": "[" * 100_000}, "Its arguments are not JSON: "),
        ({"args": "[1]"}, "takes its arguments by name"),
        ({"task": "accounts.generate"}, "missing a required argument: &#x27;total&#x27;"),
        ({"task": "accounts.generate", "kwargs": '{"total": "many"}'}, "do not fit accounts.generate"),
        ({"task": "accounts.generate", "kwargs": '{"total": 1e999}'}, "Its arguments are not JSON: "),
        ({"task": "accounts.password_reset", "kwargs": '{"email": "\\u0000"}'}, "contain a NUL"),
    ],
)
def test_one_that_cannot_run_says_why_and_has_no_button(staff, schedule, columns, sentence):
    wrong = schedule(**columns)
    html = page(staff)
    assert sentence in html
    assert f"/schedules/{wrong.pk}/run/" not in html
    answer = staff.post(f"/schedules/{wrong.pk}/run/")
    assert answer.status_code == 302
    assert flashes(answer)[0].startswith("“Often” can't run. ")
    assert not Job.objects.exists()


def test_times_that_cannot_be_read_are_told(staff, schedule):
    never = CrontabSchedule.objects.create(minute="0", hour="0", day_of_month="31", month_of_year="2")
    schedule(crontab=never)
    assert "Its run times can't be read: Invalid crontab" in row(staff).problem
    PeriodicTask.objects.update(crontab=None)
    assert row(staff).problem == "It has no run times."


def test_times_in_words(schedule):
    crontab = CrontabSchedule(minute="50", hour="8", day_of_week="1-5")
    assert times_in_words(PeriodicTask(crontab=crontab)) == "At 08:50, Monday through Friday"
    assert times_in_words(PeriodicTask(crontab=CrontabSchedule(minute="odd", hour="8"))) == "odd 8 * * *"
    assert times_in_words(PeriodicTask(interval=IntervalSchedule(every=2, period="seconds"))) == "Every 2 seconds"
    at = ClockedSchedule(clocked_time=datetime(2026, 11, 21, 8, 50, tzinfo=UTC))
    assert read(times_in_words(PeriodicTask(clocked=at))) == "Once, on 21 November 2026, 08:50"
    assert times_in_words(PeriodicTask()) == "Never"


# Run now


def test_run_now_is_a_job_of_who_asked_with_the_arguments_of_the_schedule(staff, sam, schedule):
    asked = schedule(task="accounts.generate", kwargs='{"total": 50}', enabled=False)
    token = row(staff).token
    answer = staff.post(f"/schedules/{asked.pk}/run/", {"form_token": token})
    job = Job.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, "/schedules/")
    assert (job.owner, job.kind, job.arguments) == (sam, "accounts.generate", {"total": 50})
    assert flashes(answer) == [f"Started: <a href='{job.get_absolute_url()}'>Generate 50 random users</a>."]
    assert row(staff).last == job, "It is the schedule's last run."


def test_a_double_click_is_one_job(staff, schedule):
    url, token = f"/schedules/{schedule().pk}/run/", row(staff).token
    staff.post(url, {"form_token": token})
    again = staff.post(url, {"form_token": token})
    assert f"You already sent this: <a href='{Job.objects.get().get_absolute_url()}'>Tick</a>." in flashes(again)[-1]
    assert Job.objects.count() == 1
    staff.post(url, {"form_token": row(staff).token})
    assert Job.objects.count() == 2


@pytest.mark.parametrize("token", ["", "x", "\0", "1" * 400, "9" * 13 + "by" + "z" * 16, "١" * 13 + "by" + "0" * 16])
def test_a_token_of_somebodys_own_is_none(staff, schedule, token):
    assert staff.post(f"/schedules/{schedule().pk}/run/", {"form_token": token}).status_code == 302
    assert len(Job.objects.get().unique_key) <= 64


def test_the_button_takes_post_only_and_not_from_other_sites(staff, sam, schedule):
    url = f"/schedules/{schedule().pk}/run/"
    assert staff.get(url).status_code == 405
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(sam)
    assert careful.post(url).status_code == 403
    assert staff.post("/schedules/999/run/").status_code == 404
    assert staff.post(f"/schedules/{'9' * 400}/run/").status_code == 404
    assert not Job.objects.exists()


def test_a_task_of_celery_itself_is_listed_and_not_run_from_here(staff, schedule):
    own = schedule("celery.backend_cleanup", task="celery.backend_cleanup")
    assert row(staff, own.name).can_run is False
    assert "only beat can send it" in flashes(staff.post(f"/schedules/{own.pk}/run/"))[0]


# Cost


def test_the_last_run_is_found_by_the_index_however_many_there_are(staff, schedule, django_assert_max_num_queries):
    for number in range(30):
        schedule(f"Schedule {number:02}")
    with django_assert_max_num_queries(45):
        first = page(staff)
    assert "Schedule 24" in first
    assert "Schedule 25" not in first


@pytest.mark.sqlite
def test_the_plan_of_the_last_run(schedule):
    from task.schedules.rows import last_job

    with CaptureQueriesContext(connection) as queries:
        last_job(schedule())
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + queries[-1]["sql"].replace("\n", " "))
        plan = "; ".join(line[3] for line in cursor.fetchall())
    assert "USING INDEX" in plan
    assert "unique_key>? AND unique_key<?" in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("owned", "index"),
    [(False, "job_newest_of_owner (owner_id=? AND created<?)"), (True, "job_newest (created<?)")],
)
def test_clearing_up_looks_only_at_what_is_old(db, owned, index):
    from task.schedules.tasks import expired_jobs

    with CaptureQueriesContext(connection) as queries:
        list(expired_jobs(owned=owned)[:500])
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + queries[-1]["sql"])
        plan = "; ".join(line[3] for line in cursor.fetchall())
    assert index in plan
    assert "TEMP B-TREE" not in plan
    assert remove_old_jobs.kind.name == "schedules.retention"


# Switched on and off


def switch(client, schedule, to):
    return client.post(f"/schedules/{schedule.pk}/switch/", {"to": to})


def test_a_reader_in_another_zone_reads_whose_clock_the_next_run_goes_by(staff, schedule, settings):
    at_eight = CrontabSchedule.objects.create(minute="0", hour="8", timezone="UTC")
    daily = schedule(interval=None, crontab=at_eight, enabled=False)
    assert flashes(switch(staff, daily, "on"))[-1].endswith("</time>.")
    staff.cookies["zone"] = "Asia/Tokyo"
    switch(staff, daily, "off")
    flash = read(flashes(switch(staff, daily, "on"))[-1])
    assert re.fullmatch(r"“Often” is on. It runs next at 17:00 on .+, your time\.", flash)
    assert ", your time</small>" in staff.get("/schedules/").content.decode()


def test_it_is_switched_off_and_on_and_runs_from_then_on(staff, schedule):
    hourly = schedule(last_run_at=timezone.now() - timedelta(days=3))
    answer = switch(staff, hourly, "off")
    assert flashes(answer) == ["“Often” is off."]
    assert answer.headers["Location"] == "/schedules/"
    hourly.refresh_from_db()
    assert not hourly.enabled
    told = PeriodicTasks.objects.get().last_update
    flash = flashes(switch(staff, hourly, "on"))[-1]
    assert re.fullmatch(r"“Often” is on. It runs next at \d\d:00 on .+\.", read(flash))
    hourly.refresh_from_db()
    assert hourly.enabled
    assert timezone.now() - hourly.last_run_at < timedelta(minutes=1), "What it missed meanwhile is not made up for."
    assert PeriodicTasks.objects.get().last_update > told, "Beat is told."
    before = hourly.last_run_at
    switch(staff, hourly, "on")
    hourly.refresh_from_db()
    assert hourly.last_run_at == before, "Twice is once."


def test_celery_s_own_is_called_by_one_name(staff, schedule):
    own = schedule(name="celery.backend_cleanup", task="celery.backend_cleanup")
    name = "Nightly clean-up of Celery’s records"
    assert flashes(switch(staff, own, "off")) == [f"“{name}” is off."]
    shown = page(staff)
    assert shown.count(name) == 4, "What was said, its row, Switch on, Edit."
    assert "backend_cleanup" not in shown


def test_one_that_can_t_run_says_so_when_it_is_switched_on(staff, schedule):
    wrong = schedule(kwargs="{", enabled=False)
    (flash,) = flashes(switch(staff, wrong, "on"))
    assert flash.startswith("“Often” is on, but can't run. Its arguments are not JSON")
    assert flashes(switch(staff, wrong, "up"))[-1] == "Choose on or off for “Often”."


def test_only_staff_who_may_change_schedules_switch_them(client_of, charlie, member, schedule):
    hourly, staff = schedule(), client_of(charlie)
    for client, status in ((staff, 403), (member, 404), (Client(), 302)):
        assert switch(client, hourly, "off").status_code == status
        assert client.get(f"/schedules/{hourly.pk}/switch/").status_code in (405, 404, 302)
    assert "Switch off" not in page(staff)
    hourly.refresh_from_db()
    assert hourly.enabled
    charlie.user_permissions.add(Permission.objects.get(codename="change_periodictask"))
    assert "Switch off" in page(staff)
    assert switch(staff, hourly, "off").status_code == 302
    hourly.refresh_from_db()
    assert not hourly.enabled


def test_one_that_is_deleted_while_it_is_switched_is_a_404(staff, schedule, monkeypatch):
    hourly = schedule()
    monkeypatch.setattr("task.schedules.timetable.from_now_on", lambda rows, **columns: rows.delete())
    assert switch(staff, hourly, "off").status_code == 404
