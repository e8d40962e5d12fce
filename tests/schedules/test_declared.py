"""What the features declare becomes rows, once, and nothing that staff did is undone."""

import json

import pytest
from django.apps import apps
from django.core.management import call_command
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from task.jobs import Schedule
from task.jobs.engine.registry import KINDS
from task.schedules.declared import declared, make_rows
from task.schedules.rows import times_in_words
from task.schedules.timetable import problem_of

pytestmark = pytest.mark.django_db
EXAMPLES = ("Example: every 2 seconds", "Example: good morning")


@pytest.mark.parametrize("each", list(declared()), ids=lambda each: each.kind)
def test_each_declared_schedule_names_a_kind_and_times_that_come(each):
    assert each.kind in KINDS
    assert each.words.endswith("."), "A sentence for the staff."
    assert problem_of(PeriodicTask.objects.get(name=each.name)) == ""


def test_no_two_features_declare_the_same_name_or_key():
    keys = [each.key for each in declared()]
    assert len(keys) == len(set(keys))
    names = [each.name for each in declared()]
    assert len(names) == len(set(names))
    assert {"Nightly summary", "Nightly clean-up of old jobs", "Nightly look for books not found"} <= set(names)


def test_each_is_there_after_migrate_with_its_words_and_the_examples_are_off():
    for each in declared():
        row = PeriodicTask.objects.get(name=each.name)
        assert (row.task, row.description) == (each.kind, each.words)
        assert json.loads(row.kwargs) == each.arguments
        assert row.enabled is each.enabled
    assert set(PeriodicTask.objects.filter(enabled=False).values_list("name", flat=True)) == set(EXAMPLES)


def test_times_are_in_the_time_zone_of_the_settings(settings):
    PeriodicTask.objects.all().delete()
    settings.TIME_ZONE = "Europe/Berlin"
    make_rows()
    row = PeriodicTask.objects.get(name="Example: good morning")
    assert str(row.crontab) == "50 8 * * * (m/h/dM/MY/d) Europe/Berlin"
    assert PeriodicTask.objects.get(name="Example: every 2 seconds").interval.every == 2


def test_each_hour_is_an_interval_and_reads_well():
    """A crontab would leave out an hour in the night in which the clocks go back."""
    hourly = [each for each in declared() if each.cron.endswith("* * * *")]
    assert not hourly
    row = PeriodicTask.objects.get(name="Hourly backup")
    assert (row.interval.every, row.interval.period, times_in_words(row)) == (1, "hours", "Every hour")


def test_what_staff_changed_stays_and_a_deleted_one_comes_back():
    moved = CrontabSchedule.objects.create(minute="5")
    PeriodicTask.objects.filter(name="Nightly summary").update(enabled=False, crontab=moved, description="Ours.")
    PeriodicTask.objects.filter(name="Nightly clean-up of old jobs").delete()
    other = PeriodicTask.objects.create(name="Somebody's", task="celery.backend_cleanup", crontab=moved)
    call_command("migrate", verbosity=0)
    summary = PeriodicTask.objects.get(name="Nightly summary")
    assert (summary.enabled, summary.crontab, summary.description) == (False, moved, "Ours.")
    assert PeriodicTask.objects.filter(name="Nightly clean-up of old jobs", enabled=True).exists()
    assert PeriodicTask.objects.get(pk=other.pk).task == "celery.backend_cleanup"


def test_a_second_migrate_makes_nothing_twice(django_assert_num_queries):
    models = (PeriodicTask, CrontabSchedule, IntervalSchedule)
    before = [model.objects.count() for model in models]
    with django_assert_num_queries(2):  # the tables, the keys
        make_rows()
    assert [model.objects.count() for model in models] == before


def test_a_feature_brings_its_schedules_with_it(monkeypatch):
    workbench = apps.get_app_config("workbench")
    mine = Schedule("Mine", "schedules.tick", "Only mine.", "*/5 8-17 * * 1-5", arguments={"a": 1}, key="mine")
    monkeypatch.setattr(workbench, "schedules", [mine], raising=False)
    make_rows()
    row = PeriodicTask.objects.get(name="Mine")
    assert str(row.crontab) == "*/5 8-17 * * 1-5 (m/h/dM/MY/d) UTC"
    assert (row.kwargs, row.enabled) == ('{"a": 1}', True)
