"""Schedules for programs of staff."""

import pytest
from django.contrib.auth.models import Permission
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from task.jobs.models import Job
from tests.api.conftest import program as program

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/api/schedules/"


@pytest.fixture
def schedule():
    hourly = CrontabSchedule.objects.create(minute="5")
    return PeriodicTask.objects.create(name="Greet", task="schedules.good_morning", crontab=hourly)


@pytest.fixture
def staff(program, charlie):
    return program(charlie, as_staff=True)


def test_staff_see_what_runs_by_itself(staff, schedule):
    found = {row["name"]: row for row in staff.get(PATH).json()["results"]}
    assert found["Greet"]["kind"] == "schedules.good_morning"
    assert found["Greet"]["times"]
    assert staff.get(found["Greet"]["url"]).json() == found["Greet"]


def test_members_are_not_told_that_there_are_any(program, alice, charlie, schedule):
    for api in (program(alice), program(charlie)):
        assert api.get(PATH).status_code == 404
        assert api.post(f"{PATH}{schedule.pk}/run/").status_code == 404


def test_one_runs_now_and_with_a_key_once(staff, charlie, schedule):
    answers = [staff.post(f"{PATH}{schedule.pk}/run/", HTTP_IDEMPOTENCY_KEY="k") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert (Job.objects.get().owner, Job.objects.get().kind) == (charlie, "schedules.good_morning")
    assert staff.post(f"{PATH}{schedule.pk}/run/").status_code == 202
    assert Job.objects.count() == 2


def test_one_that_cannot_run_says_why(staff, schedule):
    PeriodicTask.objects.filter(pk=schedule.pk).update(task="celery.backend_cleanup")
    answer = staff.post(f"{PATH}{schedule.pk}/run/")
    assert answer.status_code == 409
    assert "only beat can send it" in answer.json()["detail"]


def test_switching_is_for_staff_who_may_change_schedules(staff, charlie, schedule):
    path = f"{PATH}{schedule.pk}/"
    assert staff.patch(path, {"enabled": False}, format="json").status_code == 403
    charlie.user_permissions.add(Permission.objects.get(codename="change_periodictask"))
    assert staff.patch(path, {"enabled": False}, format="json").json()["enabled"] is False
    assert staff.patch(path, {"enabled": "perhaps"}, format="json").status_code == 400
    assert staff.patch(path, {"name": "x"}, format="json").status_code == 400
    schedule.refresh_from_db()
    assert (schedule.enabled, schedule.name) == (False, "Greet")


class TestAdding:
    BODY = {"kind": "schedules.good_morning", "name": "Greet each day", "daily": "07:30"}

    @pytest.fixture
    def adder(self, staff, charlie):
        charlie.user_permissions.add(Permission.objects.get(codename="add_periodictask"))
        return staff

    def test_staff_who_may_add_one_see_it_in_the_list(self, adder):
        answer = adder.post(PATH, self.BODY, format="json")
        assert answer.status_code == 201, answer.json()
        assert answer.json()["enabled"] is True
        assert adder.get(answer.json()["url"]).json()["name"] == "Greet each day"

    def test_other_staff_may_not_and_members_find_nothing(self, staff, program, alice):
        assert staff.post(PATH, self.BODY, format="json").status_code == 403
        assert program(alice).post(PATH, self.BODY, format="json").status_code == 404
        assert program(alice).get(f"{PATH}kinds/").status_code == 404

    def test_the_kinds_are_those_of_the_page(self, staff):
        kinds = {kind["name"]: kind for kind in staff.get(f"{PATH}kinds/").json()}
        assert "backups.back_up" in kinds
        assert "books.look_up" not in kinds

    @pytest.mark.parametrize(
        ("more", "pointer"),
        [
            ({"kind": "books.look_up"}, "/kind"), ({"kind": "x"}, "/kind"), ({"name": ""}, "/name"),
            ({"daily": "25:00"}, "/daily"), ({"every": 5}, "/every"), ({"daily": None}, "/daily"),
            ({"arguments": {"x": 1}}, "/arguments/x"), ({"arguments": []}, "/arguments"),
            ({"cron": "1 2 3"}, "/cron"), ({"unit": "centuries"}, "/unit"), ({"enabled": "yes"}, "/enabled"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said_as_on_the_page(self, adder, more, pointer):
        answer = adder.post(PATH, {**self.BODY, **more}, format="json")
        assert answer.status_code == 400
        assert pointer in [error["pointer"] for error in answer.json()["errors"]], answer.json()
        assert not PeriodicTask.objects.filter(name="Greet each day").exists()

    def test_a_name_that_is_taken(self, adder):
        assert adder.post(PATH, self.BODY, format="json").status_code == 201
        answer = adder.post(PATH, self.BODY, format="json")
        assert answer.json()["detail"] == "Another schedule has this name. Choose another one."
