"""Lines of JSON, and the request's id from the browser to the last follow-up job."""

import json
import logging
import re
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client, RequestFactory

from celerytask.logs import JsonLine
from task.jobs.models import Job
from task.jobs.testing import execute_all
from task.kit import traces
from task.kit.later import Later
from tests.workbench import tasks

SECRET = "/accounts/reset/MQ/a-token-that-lets-somebody-in/"


def line_of(message: str = "Said", **more: Any) -> dict[str, Any]:
    record = logging.LogRecord("desk.jobs", logging.WARNING, "", 0, message, (), more.pop("exc_info", None))
    vars(record).update(more)
    text = JsonLine().format(record)
    assert "\n" not in text
    line: dict[str, Any] = json.loads(text)
    return line


def test_a_record_is_a_line_of_json_with_whose_work_it_is() -> None:
    with traces.of_job("the-job"):
        traces.request_id.set("the-request")
        line = line_of("Two\nlines “ü”")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("time"))
    line.pop("process", None)
    assert line == {
        "level": "WARNING", "logger": "desk.jobs", "message": "Two\nlines “ü”",
        "request": "the-request", "job": "the-job",
    }  # fmt: skip
    assert {"request", "job"} & line_of().keys() == set()


def test_a_traceback_is_in_its_line() -> None:
    try:
        raise ValueError("a mistake")
    except ValueError:
        line = line_of(exc_info=sys.exc_info())
    assert line["traceback"].endswith("ValueError: a mistake")


def test_what_a_record_carries_besides_is_not_told() -> None:
    request = RequestFactory().get(SECRET, headers={"Authorization": "Bearer x", "Cookie": "sessionid=y"})
    line = line_of(request=request, status_code=500, password="x", data={"id": "the-job", "args": SECRET})
    assert set(line) - {"process"} == {"time", "level", "logger", "message", "job"}
    assert line["job"] == "the-job"
    assert SECRET not in json.dumps(line)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "given", "taken"),
    [
        (1, "3f2a-of.the_proxy", True),
        (0, "3f2a-of.the_proxy", False),  # anybody's
        (1, "short", False),
        (1, "x" * 65, False),
        (1, 'with "quotes" in it', False),
        (1, "", False),
    ],
)
def test_the_proxys_id_is_taken_if_it_makes_sense(settings: Any, proxies: int, given: str, taken: bool) -> None:
    settings.TRUSTED_PROXIES = proxies
    for path, status in (("/accounts/login/", 200), ("/nothing/", 404), ("/healthz", 200)):
        answer = Client().get(path, headers={"X-Request-ID": given})
        assert answer.status_code == status
        assert (answer["X-Request-ID"] == given) is taken
        assert taken or re.fullmatch("[0-9a-f]{32}", answer["X-Request-ID"])
    assert traces.request_id.get() == ""


@pytest.mark.django_db
def test_a_request_that_is_made_again_keeps_its_id() -> None:
    with traces.of_request("of-the-first-time"):
        later = Later(set, "key", 1.0)
    connection = SimpleNamespace(request_id=later.request_id)
    assert Client(**{"gunicorn.socket": connection}).get("/healthz")["X-Request-ID"] == "of-the-first-time"


@pytest.mark.django_db(transaction=True)
def test_a_job_carries_its_requests_id_to_the_worker_and_to_what_follows(member: Client) -> None:
    page = member.get("/generate/").content.decode()
    token = re.search(r'name="form_token" value="([^"]+)"', page)
    assert token
    answer = member.post("/generate/", {"total": 50, "form_token": token[1]})
    assert Job.objects.get(kind="accounts.generate").request_id == answer["X-Request-ID"]
    with traces.of_request("of-a-request"):
        parent = tasks.walk_pages.delay()
    alone = tasks.refuse.delay()
    handler = Lines()
    logging.getLogger("desk").addHandler(handler)
    try:
        execute_all()
    finally:
        logging.getLogger("desk").removeHandler(handler)
    assert {child.request_id for child in parent.children.all()} == {"of-a-request"}
    assert Job.objects.get(pk=alone.pk).request_id is None
    assert [(line.get("job"), line.get("request")) for line in handler.lines] == [(str(alone.pk), None)]
    assert (traces.request_id.get(), traces.job_id.get()) == ("", "")


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(JsonLine().format(record)))
