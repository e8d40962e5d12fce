"""A declared schedule that could not run is told at the start."""

from dataclasses import replace

import pytest
from django.apps import apps

from task.jobs import Schedule
from task.schedules.checks import check_schedules

FINE = Schedule("Every hour", "workbench.make", "Makes things.", every=3600, arguments={"total": 5})


@pytest.fixture
def told(monkeypatch):
    """What the checks say of these schedules, as an app's only ones."""

    def of(*schedules):
        monkeypatch.setattr(apps.get_app_config("workbench"), "schedules", list(schedules), raising=False)
        return [(problem.id, problem.msg) for problem in check_schedules()]

    return of


def test_the_desks_own_and_a_good_one_are_fine(told):
    assert told() == []
    assert told(FINE, replace(FINE, name="Nightly", key="nightly", every=0, cron="5 3 * * 1-5")) == []
    assert told(replace(FINE, kind="celery.backend_cleanup", arguments={})) == []


def test_an_unknown_kind(told):
    said = "The schedule “Every hour” is of the unknown kind “workbench.makes”."
    assert told(replace(FINE, kind="workbench.makes")) == [("schedules.E001", said)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"arguments": {}}, "Its arguments do not fit workbench.make: missing a required argument: 'total'."),
        ({"arguments": {"totl": 5}}, "Its arguments do not fit workbench.make:"),
        ({"arguments": {"total": {1}}}, "Its arguments are not JSON: Object of type set is not JSON serializable."),
        ({"arguments": {"total": float("nan")}}, "Its arguments are not JSON:"),
        ({"arguments": {"total": "many"}}, "Its arguments do not fit workbench.make:"),  # its title groups the digits
        ({"every": 0, "cron": "0 0 31 2 *"}, "Its run times can't be read: Invalid crontab: day_of_month '31' never"),
        ({"every": 0, "cron": "61 0 * * *"}, "Its run times can't be read: Invalid end range"),
    ],
)
def test_one_that_could_not_run(told, change, words):
    ((number, said),) = told(replace(FINE, **change))
    assert number == "schedules.E002"
    assert said.startswith(f"The schedule “Every hour” can't run. {words}")


def test_two_of_one_key_or_of_one_name(told):
    assert told(FINE, replace(FINE, name="Another")) == [
        ("schedules.E003", "Two schedules have the key “workbench.make”."),
    ]
    assert told(FINE, replace(FINE, key="another")) == [("schedules.E004", "Two schedules have the name “Every hour”.")]
