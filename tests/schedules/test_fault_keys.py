"""A declared schedule is known by its key: in other words it is the same one, with what staff made of it."""

from dataclasses import replace

import pytest
from django.apps import apps
from django.core.management import call_command
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from task.jobs import Schedule
from task.schedules.declared import declared, make_rows
from task.schedules.models import Declaration

pytestmark = pytest.mark.django_db
FIRST = Schedule("Nightly sweep", "schedules.tick", "Sweeps.", cron="0 3 * * *", key="sweep")
REWORDED = replace(FIRST, name="Nightly clean-up", words="Cleans up.")


@pytest.fixture
def declare(monkeypatch):
    """Declares them as an app's only ones, and migrates."""

    def these(*schedules: Schedule) -> None:
        monkeypatch.setattr(apps.get_app_config("workbench"), "schedules", list(schedules), raising=False)
        call_command("migrate", verbosity=0)

    return these


def rows() -> list[PeriodicTask]:
    return list(PeriodicTask.objects.filter(task="schedules.tick").exclude(name__startswith="Example"))


def test_a_reworded_schedule_is_the_same_one(declare):
    declare(FIRST)
    (before,) = rows()
    declare(REWORDED)
    (after,) = rows()
    assert (after.pk, after.name, after.description) == (before.pk, "Nightly clean-up", "Cleans up.")


def test_it_keeps_its_switch_its_times_and_its_last_run(declare):
    declare(FIRST)
    moved = CrontabSchedule.objects.create(minute="5")
    PeriodicTask.objects.filter(pk=rows()[0].pk).update(enabled=False, crontab=moved, total_run_count=7)
    changed = rows()[0].date_changed
    declare(replace(REWORDED, cron="9 9 * * *", enabled=True))
    (after,) = rows()
    assert (after.enabled, after.crontab, after.total_run_count, after.date_changed) == (False, moved, 7, changed)


def test_the_words_of_staff_stay(declare):
    declare(FIRST)
    PeriodicTask.objects.filter(pk=rows()[0].pk).update(name="Ours", description="As we like it.")
    declare(REWORDED)
    (after,) = rows()
    assert (after.name, after.description) == ("Ours", "As we like it.")
    declare(REWORDED)
    assert len(rows()) == 1


def test_a_name_that_another_one_has_is_left_to_it(declare):
    declare(FIRST)
    every = CrontabSchedule.objects.create(minute="6")
    PeriodicTask.objects.create(name=REWORDED.name, task="celery.backend_cleanup", crontab=every)
    declare(REWORDED)
    assert [row.name for row in rows()] == ["Nightly sweep"]


def test_a_desk_that_knew_no_keys_keeps_its_rows(declare):
    declare(FIRST)
    Declaration.objects.all().delete()
    PeriodicTask.objects.filter(pk=rows()[0].pk).update(enabled=False)
    everything = PeriodicTask.objects.count()
    declare(FIRST)
    assert [row.enabled for row in rows()] == [False]
    assert PeriodicTask.objects.count() == everything
    assert Declaration.objects.count() == len(list(declared()))


def test_a_desk_that_knew_no_keys_is_told_former_names(declare):
    declare(FIRST)
    Declaration.objects.all().delete()
    declare(replace(REWORDED, formerly=("Nightly sweep",)))
    assert [row.name for row in rows()] == ["Nightly clean-up"]


def test_one_that_staff_deleted_comes_back(declare):
    declare(FIRST)
    rows()[0].delete()
    assert not Declaration.objects.filter(key="sweep").exists()
    declare(FIRST)
    assert len(rows()) == 1


def test_one_kind_has_two_schedules_by_two_keys(declare):
    declare(FIRST, replace(FIRST, key="other", name="Other", arguments={"a": 1}))
    make_rows()
    assert sorted(row.name for row in rows()) == ["Nightly sweep", "Other"]


def test_a_key_is_the_kind_where_none_is_given():
    assert Schedule("Name", "a.kind", "Words.", every=60).key == "a.kind"


@pytest.mark.parametrize("times", [{}, {"cron": "* * * * *", "every": 5}, {"cron": "* *"}])
def test_times_that_are_none_are_told_in_a_sentence(times):
    with pytest.raises(ValueError, match="The schedule “Name” needs"):
        Schedule("Name", "a.kind", "Words.", **times)
