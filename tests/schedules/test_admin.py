"""Schedules in the administration: changed, switched, checked before they are saved, run by a button."""

from datetime import timedelta

import pytest
from celery import Task
from django.contrib.admin import site
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, PeriodicTask, PeriodicTasks

from task.jobs.models import Job

pytestmark = pytest.mark.django_db
LIST = "/admin/django_celery_beat/periodictask/"


def fields(schedule, **changes):
    form = {
        "name": schedule.name, "regtask": "", "task": schedule.task, "description": "", "crontab": schedule.crontab_id,
        "args": "[]", "kwargs": schedule.kwargs, "headers": "{}", "enabled": "on" if schedule.enabled else "",
    }  # fmt: skip
    return {name: value for name, value in {**form, **changes}.items() if value not in (None, "")}


def save(client, schedule, **changes):
    return client.post(f"{LIST}{schedule.pk}/change/", fields(schedule, **changes))


def errors(answer):
    assert answer.status_code == 200
    return {name: " ".join(told) for name, told in answer.context["adminform"].form.errors.items()}


def act(client, action, *schedules):
    return client.post(LIST, {"action": action, "_selected_action": [each.pk for each in schedules]})


def flashes(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.mark.parametrize(
    "name", ["periodictask", "crontabschedule", "intervalschedule", "solarschedule", "clockedschedule"]
)
def test_every_page_opens(staff, schedule, name):
    schedule()
    assert staff.get(reverse(f"admin:django_celery_beat_{name}_changelist")).status_code == 200
    assert staff.get(reverse(f"admin:django_celery_beat_{name}_add")).status_code == 200


def test_the_form_offers_the_kinds_and_has_no_script_of_its_own(staff, schedule):
    html = staff.get(f"{LIST}{schedule().pk}/change/").content.decode()
    assert '<option value="accounts.generate">' in html
    assert '<option value="playground.add">' in html
    assert '<option value="orders.confirm">' not in html  # it needs an order
    assert "readable-crontabs" not in html


def test_what_staff_change_is_saved(staff, schedule):
    often = schedule()
    later = CrontabSchedule.objects.create(minute="50", hour="8", timezone="Europe/Berlin")
    before = PeriodicTasks.last_change()
    assert save(staff, often, crontab=later.pk, name="Mornings").status_code == 302
    often.refresh_from_db()
    assert (often.name, often.crontab) == ("Mornings", later)
    assert PeriodicTasks.last_change() > before, "Beat is told."


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"kwargs": '{"total": 5}'}, "kwargs", "Its arguments do not fit schedules.tick: got an unexpected"),
        ({"task": "accounts.generate"}, "kwargs", "missing a required argument: 'total'"),
        ({"regtask": "accounts.generate", "kwargs": '{"total": "x"}'}, "kwargs", "do not fit accounts.generate"),
        ({"kwargs": "{total"}, "kwargs", "Unable to parse JSON"),
        ({"kwargs": "[" * 100_000}, "kwargs", "nested too deeply"),
        ({"args": "[1]"}, "kwargs", "takes its arguments by name"),
        ({"task": "no.such.kind"}, "task", "No process here knows the kind “no.such.kind”"),
        ({"crontab": ""}, "__all__", "must be set"),
        ({"expire_seconds": "0"}, "expire_seconds", "are not sent as messages. Leave this empty."),
        ({"queue": "slow"}, "queue", "are not sent as messages"),
        ({"exchange": "slow"}, "exchange", "are not sent as messages"),
        ({"routing_key": "slow"}, "routing_key", "are not sent as messages"),
        ({"priority": "0"}, "priority", "are not sent as messages"),
        ({"headers": '{"a": 1}'}, "headers", "are not sent as messages"),
    ],
)
def test_what_could_not_run_is_not_saved(staff, schedule, changes, field, sentence):
    often = schedule()
    assert sentence in errors(save(staff, often, **changes))[field]
    often.refresh_from_db()
    assert (often.task, often.kwargs) == ("schedules.tick", "{}")


def test_what_goes_with_a_message_is_for_what_is_sent_as_one(staff, schedule):
    own = schedule("Own", task="celery.backend_cleanup")
    message = {"queue": "slow", "priority": "0", "expire_seconds": "60", "headers": '{"a": 1}'}
    assert save(staff, own, **message).status_code == 302
    own.refresh_from_db()
    assert (own.queue, own.priority, own.expire_seconds, own.headers) == ("slow", 0, 60, '{"a": 1}')
    assert save(staff, schedule(), headers="{ }").status_code == 302


def test_times_that_never_come_are_not_saved(staff, schedule):
    never = CrontabSchedule.objects.create(minute="0", hour="0", day_of_month="31", month_of_year="2")
    assert "Its run times can't be read" in errors(save(staff, schedule(), crontab=never.pk))["__all__"]


def test_a_time_that_has_passed_is_not_saved(staff, schedule):
    often, now = schedule(), timezone.now()
    passed = ClockedSchedule.objects.create(clocked_time=now - timedelta(minutes=5))
    once = {"crontab": "", "clocked": passed.pk, "one_off": "on"}
    assert errors(save(staff, often, **once)) == {"__all__": "Its run time is past."}
    assert save(staff, often, enabled="", **once).status_code == 302
    often.refresh_from_db()
    assert errors(save(staff, often, enabled="on", **once)) == {"__all__": "Its run time is past."}
    later = ClockedSchedule.objects.create(clocked_time=now + timedelta(minutes=5))
    begins = {"start_time_0": f"{now + timedelta(days=2):%Y-%m-%d}", "start_time_1": "00:00:00"}
    once |= {"enabled": "on", "clocked": later.pk}
    assert errors(save(staff, often, **once, **begins)) == {"__all__": "Its run time is before its start."}
    assert save(staff, often, **once).status_code == 302


def test_other_words_are_saved_of_one_whose_time_came_while_beat_was_away(staff, schedule):
    passed = ClockedSchedule.objects.create(clocked_time=timezone.now() - timedelta(minutes=5))
    once = schedule(clocked=passed, one_off=True)
    PeriodicTask.objects.update(date_changed=timezone.now() - timedelta(hours=1))
    changes = {"clocked": passed.pk, "one_off": "on", "description": "Only other words."}
    for _ in range(2):
        once.refresh_from_db()
        assert save(staff, once, **changes).status_code == 302


def test_one_whose_kind_is_gone_can_be_switched_off(staff, schedule):
    gone = schedule(task="no.such.kind")
    assert "task" in errors(save(staff, gone))
    assert save(staff, gone, enabled="").status_code == 302
    gone.refresh_from_db()
    assert not gone.enabled


def test_the_action_submits_a_job_of_who_asked(staff, sam, schedule):
    one, wrong = schedule("One"), schedule("Wrong", kwargs='{"total": 5}')
    answer = act(staff, "run_tasks", one, wrong)
    job = Job.objects.get()
    assert (job.kind, job.owner) == ("schedules.tick", sam)
    told = flashes(answer)
    assert told[0].startswith("Started: <a href=")
    assert told[-1].startswith("“Wrong” can't run. Its arguments do not fit")


def test_a_task_that_is_no_job_needs_the_broker_and_says_so(staff, schedule):
    own = schedule("Own", task="celery.backend_cleanup")
    (told,) = flashes(act(staff, "run_tasks", own))
    assert told.startswith("The broker did not take Celery’s own tasks."), "Nobody listens at the tests' broker."


@pytest.mark.parametrize("action", ["enable_tasks", "toggle_tasks"])
def test_one_that_is_switched_on_makes_up_for_nothing(staff, schedule, action):
    """Else the hours in which it was off would count as missed, and it would run at once."""
    long_ago = timezone.now() - timedelta(days=9)
    off, on = schedule("Off", enabled=False), schedule("On")
    PeriodicTask.objects.update(date_changed=long_ago, last_run_at=long_ago)
    act(staff, action, off, on)
    off.refresh_from_db()
    on.refresh_from_db()
    assert off.enabled
    assert off.last_run_at > timezone.now() - timedelta(minutes=1), "As if it had run now."
    assert on.enabled is (action == "enable_tasks")
    if on.enabled:
        assert on.last_run_at == long_ago, "It was on already, and is left alone."


def test_switching_off_by_the_action(staff, schedule):
    one = schedule()
    assert flashes(act(staff, "disable_tasks", one)) == ["1 switched off."]
    one.refresh_from_db()
    assert not one.enabled


def test_moved_times_make_up_for_nothing(staff, schedule):
    often = schedule()
    long_ago = timezone.now() - timedelta(days=9)
    PeriodicTask.objects.update(last_run_at=long_ago)
    crontab = often.crontab
    url = f"/admin/django_celery_beat/crontabschedule/{crontab.pk}/change/"
    times = {
        "minute": "1",
        "hour": "*",
        "day_of_month": "*",
        "month_of_year": "*",
        "day_of_week": "*",
        "timezone": "UTC",
    }
    empty = {f"periodictask_set-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
    assert staff.post(url, {**times, **empty}).status_code == 302
    often.refresh_from_db()
    assert often.last_run_at > timezone.now() - timedelta(minutes=1)
    PeriodicTask.objects.update(last_run_at=long_ago)
    save(staff, often, description="Only other words.")
    often.refresh_from_db()
    assert often.last_run_at == long_ago
    save(staff, often, start_time_0="2020-01-01", start_time_1="00:00:00")
    often.refresh_from_db()
    assert often.last_run_at > timezone.now() - timedelta(minutes=1)


def test_other_words_drop_no_run_that_is_still_to_be_made_up_for(staff, schedule):
    often = schedule()
    long_ago = timezone.now() - timedelta(days=9)
    PeriodicTask.objects.update(date_changed=long_ago)
    often.refresh_from_db()
    save(staff, often, description="Only other words.")
    often.refresh_from_db()
    assert often.last_run_at == long_ago, "It is new and has not run, but what it missed since then it has missed."


@pytest.mark.parametrize("change", ["one_off", "enabled", "times", "action", "its times themselves"])
def test_one_that_is_to_run_once_runs_though_it_has_run_before(staff, schedule, change):
    """What counts its runs says of one that runs once that it is done."""
    often = schedule(one_off=change != "one_off", enabled=change not in ("enabled", "action"), total_run_count=7)
    later = CrontabSchedule.objects.create(minute="50", hour="8", timezone="UTC")
    if change == "action":
        act(staff, "enable_tasks", often)
    elif change == "its times themselves":
        site.get_model_admin(CrontabSchedule).save_model(None, often.crontab, None, True)
    else:
        changes = {"crontab": later.pk} if change == "times" else {}
        assert save(staff, often, enabled="on", one_off="on", **changes).status_code == 302
    often.refresh_from_db()
    assert (often.one_off, often.enabled, often.total_run_count) == (True, True, 0)


def test_one_that_runs_again_and_again_keeps_its_count(staff, schedule):
    often = schedule(enabled=False, total_run_count=7)
    act(staff, "enable_tasks", often)
    often.refresh_from_db()
    assert (often.enabled, often.total_run_count) == (True, 7)


def test_members_do_not_get_in(member):
    assert member.get(LIST).status_code == 302


@pytest.fixture
def reader(client_of, charlie):
    """One of the staff who may look at schedules in the administration, and change none."""
    charlie.user_permissions.add(Permission.objects.get(codename="view_periodictask"))
    return client_of(charlie)


@pytest.mark.parametrize("action", ["enable_tasks", "disable_tasks", "toggle_tasks", "delete_selected"])
def test_who_may_only_look_is_offered_no_switch_and_switches_nothing(reader, schedule, action):
    schedule("On"), schedule("Off", enabled=False)
    before = list(PeriodicTask.objects.order_by("pk").values())
    html = reader.get(LIST).content.decode()
    assert "result_list" in html
    assert f'value="{action}"' not in html
    act(reader, action, *PeriodicTask.objects.all())
    assert list(PeriodicTask.objects.order_by("pk").values()) == before


def test_who_may_only_look_runs_jobs_of_the_desk_as_on_their_page_and_no_other_task(reader, schedule, monkeypatch):
    sent = []
    monkeypatch.setattr(Task, "apply_async", lambda task, *args, **options: sent.append(task.name))
    own, other = schedule("Own"), schedule("Other", task="celery.backend_cleanup")
    told = flashes(act(reader, "run_tasks", own, other))
    assert Job.objects.get().kind == "schedules.tick"
    assert "“Other” is a task of Celery’s own: only beat can send it." in told
    assert "celery.backend_cleanup" not in sent


def test_every_action_of_the_administration_asks_for_a_permission():
    for model_admin in site._registry.values():
        for function, name, _ in model_admin._get_base_actions():
            assert hasattr(function, "allowed_permissions") or name == "run_tasks", (model_admin, name)
