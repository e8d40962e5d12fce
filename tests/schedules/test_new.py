"""A new schedule: which kinds are offered, their arguments as fields, and what is refused beside which field."""

import json
import re
from datetime import date, datetime
from typing import Annotated, Any

import pytest
from django import forms
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.core.validators import MinValueValidator
from django.test import Client
from django_celery_beat.models import PeriodicTask, PeriodicTasks

from task.accounts.models import User, UserBatch
from task.jobs import Run, kinds
from task.jobs.engine.registry import Kind
from task.jobs.testing import execute_all
from task.schedules.arguments import arguments_from, fields_for
from task.schedules.beat import JobEntry
from task.schedules.declared import schedulable
from task.schedules.forms import NewScheduleForm
from task.schedules.timetable import problem_of
from tests.reading import read

pytestmark = pytest.mark.django_db
URL = "/schedules/new/"
GENERATE = f"{URL}?kind=accounts.generate"


def send(client: Client, url: str = GENERATE, **fields: Any) -> Any:
    return client.post(url, {"name": "Monday’s people", "unit": "hours", **fields})


def errors(answer: Any) -> dict[str, str]:
    assert answer.status_code == 200
    return {name: " ".join(told) for name, told in answer.context["form"].errors.items()}


def added() -> PeriodicTask:
    return PeriodicTask.objects.latest("id")


def test_a_member_is_not_told_of_it_and_who_may_not_add_is_refused(member: Client, charlie: Any) -> None:
    count = PeriodicTask.objects.count()
    assert member.get(URL).status_code == send(member).status_code == 404
    assert Client().get(URL).headers["Location"] == f"/accounts/login/?next={URL}"
    looker = Client()
    looker.force_login(charlie, backend="django.contrib.auth.backends.ModelBackend")
    fields = {"argument_total": 5, "daily": "08:00"}
    assert looker.get(URL).status_code == send(looker, **fields).status_code == 403
    assert URL not in looker.get("/schedules/").content.decode()
    charlie.user_permissions.add(Permission.objects.get(codename="add_periodictask"))
    assert f'href="{URL}"' in looker.get("/schedules/").content.decode()
    assert PeriodicTask.objects.count() == count
    assert send(looker, **fields).status_code == 302
    assert PeriodicTask.objects.count() == count + 1


def test_only_kinds_that_need_nobody_are_offered(staff: Client) -> None:
    page = staff.get(URL).content.decode()
    assert {"accounts.generate", "books.look_again", "backups.back_up", "schedules.tick"} <= set(schedulable())
    for name in kinds():
        assert (f'href="?kind={name}"' in page) == (name in schedulable()), name
    for name in ("orders.confirm", "accounts.password_reset", "accounts.sign_up", "books.look_up", "reports.crawl"):
        assert name not in schedulable()
        assert staff.get(f"{URL}?kind={name}").status_code == 404
        assert send(staff, f"{URL}?kind={name}", daily="08:00").status_code == 404
    assert staff.get(f"{URL}?kind=%00").status_code == 404
    assert re.findall("<p>Asks for (.*?)</p>", page) == ["number of users"]


def test_each_kind_that_is_offered_has_its_form_and_can_be_scheduled(staff: Client) -> None:
    for name, kind in schedulable().items():
        assert staff.get(f"{URL}?kind={name}").status_code == 200
        given = dict.fromkeys(fields_for(kind), 5)
        assert send(staff, f"{URL}?kind={name}", name=f"Test of {name}", daily="03:30", enabled="on", **given)
        row = added()
        assert (row.task, row.enabled, problem_of(row)) == (name, True, "")


def test_a_schedule_is_added_with_its_arguments_and_beat_is_told(staff: Client) -> None:
    before = PeriodicTasks.last_change()
    answer = send(staff, argument_total="500", daily="08:05", enabled="on")
    assert answer.headers["Location"] == "/schedules/"
    row = added()
    assert (row.name, row.task, json.loads(row.kwargs)) == ("Monday’s people", "accounts.generate", {"total": 500})
    assert (row.crontab.minute, row.crontab.hour, row.crontab.day_of_week) == ("5", "8", "*")
    (said,) = [read(str(message)) for message in get_messages(answer.wsgi_request)]
    assert said.startswith("“Monday’s people” is added. It runs next at 08:05 on")
    assert row.last_run_at is not None  # nothing is made up for
    assert before is None or PeriodicTasks.last_change() > before


@pytest.mark.parametrize(
    ("fields", "times"),
    [
        ({"every": "3"}, "every 3 hours"),
        ({"every": "1", "unit": "days"}, "every day"),
        ({"cron": "30 3 * * 1"}, "30 3 * * 1"),
    ],
)
def test_it_runs_by_an_interval_or_a_crontab_and_starts_switched_off(
    staff: Client, fields: dict[str, str], times: str
) -> None:
    assert send(staff, argument_total=5, **fields).status_code == 302
    row = added()
    assert times in str(row.interval or row.crontab)
    assert row.enabled is False
    assert send(staff, argument_total=5, name="Another", **fields).status_code == 302
    assert (added().interval_id, added().crontab_id) == (row.interval_id, row.crontab_id)  # no second row of times


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"argument_total": ""}, "argument_total", "Fill this in."),
        ({"argument_total": "many"}, "argument_total", "whole number"),
        ({"argument_total": "0"}, "argument_total", "A batch has 1 to"),
        ({"argument_total": "9" * 300}, "argument_total", "A batch has 1 to"),
        ({"argument_total": "9" * 9000}, "argument_total", "whole number"),
        ({"name": ""}, "name", "Give it a name."),
        ({"name": "Nightly summary"}, "name", "Another schedule has this name."),
        ({"name": "a\0"}, "name", "Null characters"),
        ({"daily": ""}, "daily", "Say when it runs"),
        ({"daily": "25:00"}, "daily", "valid time"),
        ({"every": "3"}, "every", "Fill in this or “Every day at”, not both."),
        ({"every": "0"}, "every", "a whole number, 1 to 10,000"),
        ({"unit": "years"}, "unit", "valid choice"),
        ({"daily": "", "cron": "30 3"}, "cron", "five fields"),
        ({"daily": "", "cron": "61 3 * * *"}, "cron", "can't be read"),
        ({"daily": "", "cron": "0 0 31 2 *"}, "cron", "never occurs"),
    ],
)
def test_what_is_wrong_is_a_sentence_beside_its_field(
    staff: Client, fields: dict[str, str], field: str, sentence: str
) -> None:
    count = PeriodicTask.objects.count()
    found = errors(send(staff, **{"argument_total": "5", "daily": "08:00", **fields}))
    assert sentence in found[field]
    assert PeriodicTask.objects.count() == count


def test_a_name_that_somebody_took_meanwhile_is_a_sentence(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    clean_name = NewScheduleForm.clean_name
    looks: list[str] = []

    def too_early(form: NewScheduleForm) -> str:
        looks.append(form.cleaned_data["name"])
        return looks[-1] if len(looks) == 1 else clean_name(form)

    monkeypatch.setattr(NewScheduleForm, "clean_name", too_early)
    count = PeriodicTask.objects.count()
    found = errors(send(staff, name="Nightly summary", argument_total=5, daily="08:00"))
    assert "Another schedule has this name." in found["name"]
    assert PeriodicTask.objects.count() == count


def test_the_job_of_such_a_schedule_is_nobodys_and_runs(staff: Client) -> None:
    send(staff, argument_total=12, every=1, enabled="on")
    entry = JobEntry(added())  # as beat reads it
    kinds()[entry.task].task.apply_async(kwargs=entry.kwargs, owner=None)
    execute_all()
    batch = UserBatch.objects.get()
    assert (batch.owner, batch.made, User.objects.filter(batch=batch).count()) == (None, 12, 12)


def sample(
    run: Run,
    day: date,
    at: datetime | None = None,
    title: str = "none",
    loud: bool = True,
    share: Annotated[float | None, MinValueValidator(0)] = None,
    rest: dict[str, Any] | None = None,
    *,
    count: int = 3,
    until: Annotated[str, date] | None = None,
    behind: Annotated[str, None] = "",
    **more: Any,
) -> str:
    return ""


def test_each_type_has_its_field_and_what_is_left_empty_is_left_to_the_function() -> None:
    kind = Kind("workbench.sample", sample, "Sample")
    fields = fields_for(kind)
    assert {name.removeprefix("argument_"): type(field) for name, field in fields.items()} == {
        "day": forms.DateField, "at": forms.DateTimeField, "title": forms.CharField, "loud": forms.BooleanField,
        "share": forms.FloatField, "rest": forms.JSONField, "count": forms.IntegerField,
        "until": forms.DateField,
    }  # fmt: skip
    assert [name for name, field in fields.items() if field.required] == ["argument_day"]
    assert fields["argument_title"].initial == "none"
    with pytest.raises(forms.ValidationError):
        fields["argument_share"].clean("-1")
    day = fields["argument_day"].clean("2026-05-01")
    days = {"argument_day": day, "argument_until": day}
    given = arguments_from(kind, {**days, "argument_title": "", "argument_loud": False})
    assert given == {"day": "2026-05-01", "until": "2026-05-01", "loud": False}
    kind.signature.bind(**given)
