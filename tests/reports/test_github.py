"""What GitHub may answer, and what we make of it."""

import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from task.jobs.engine.executor import execute
from task.jobs.models import Job, RateLimit, State
from task.jobs.services import rate_limit
from task.jobs.testing import execute_all
from task.reports import github as client
from task.reports.languages import LANGUAGES, in_a_file_name
from task.reports.models import Report
from tests.reports.conftest import ask
from tests.services.github import SPENT, TOO_FAST, GitHub

pytestmark = pytest.mark.django_db
TOKEN = "ghp_not" + "AllowedAnywhere1234567890"


def turn(job: Job) -> Job:
    """One turn of a worker, and the job after it."""
    execute(job.pk)
    job.refresh_from_db()
    return job


SLOW = 15  # seconds that a loaded machine may take between a question and the block that comes of it


def blocked_for(github: GitHub) -> float:
    """Seconds from the last question until GitHub may be asked again."""
    until = RateLimit.objects.get(source=client.NAME).blocked_until
    asked = time.time() - (time.monotonic() - github.requests[-1].at)
    return until.timestamp() - asked if until else 0.0


def message(words: str) -> str:
    return json.dumps({"message": words})


def test_what_is_asked_and_who_asks(github: GitHub, alice: Any, settings: Any) -> None:
    settings.CONTACT = "desk@example.org"
    ask(alice, 1)
    execute_all()
    (asked,) = github.requests
    assert asked.query == {"q": "language:python", "sort": "stars", "order": "desc", "per_page": "100", "page": "1"}
    assert asked.headers["accept"] == "application/vnd.github+json"
    assert asked.headers["x-github-api-version"] == "2022-11-28"
    assert asked.headers["user-agent"] == "celerytask/1.0 (desk@example.org)"
    assert "authorization" not in asked.headers


@pytest.mark.parametrize(
    ("language", "q"),
    [
        ("C#", 'language:"c#"'),
        ("C++", 'language:"c++"'),
        ("Jupyter Notebook", 'language:"jupyter notebook"'),
        ("Go", "language:go"),
    ],
)
def test_a_language_with_signs_is_quoted(language: str, q: str) -> None:
    assert parse_qs(urlsplit(client.address_of(language, 3)).query)["q"] == [q]


def test_the_languages_are_each_once_and_make_a_file_name() -> None:
    assert len(set(LANGUAGES)) == len(LANGUAGES) >= 30
    names = {in_a_file_name(language) for language in LANGUAGES}
    assert len(names) == len(LANGUAGES)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz-") for name in names)


# The token


def test_the_token_goes_into_one_header_and_nowhere_else(
    github: GitHub, alice: Any, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.GITHUB_TOKEN = github.token = TOKEN
    ask(alice, 100)
    execute_all()
    assert github.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    github.token = "another"
    refused = turn(ask(alice, 100))
    assert refused.state == State.FAILED
    assert "An administrator needs to check GITHUB_TOKEN" in refused.error
    for model in (Job, Report, RateLimit):
        assert TOKEN not in str(list(model.objects.values()))
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("token", ["two words", "bad\nline", "snow☃man", "nul\0"])
def test_a_token_that_fits_in_no_header_is_a_sentence(
    github: GitHub, alice: Any, settings: Any, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings.GITHUB_TOKEN = token
    job = turn(ask(alice, 1))
    assert job.state == State.FAILED
    assert job.error.startswith("GITHUB_TOKEN does not look like a token.")
    assert token not in f"{job.error} {job.traceback} {job.history} {caplog.text}"
    assert github.requests == []


def test_a_bad_token_is_mended_and_the_report_goes_on(github: GitHub, alice: Any, settings: Any) -> None:
    from task.jobs.engine.transitions import retry

    github.token = TOKEN
    job = turn(ask(alice, 1))
    assert (job.state, Report.objects.get().state) == (State.FAILED, "failed")
    settings.GITHUB_TOKEN = TOKEN
    assert retry(job)
    execute_all()
    assert Report.objects.get().state == "done"


# Limits


def test_no_question_is_asked_that_would_be_refused(github: GitHub, alice: Any) -> None:
    github.limit, github.window = 2, 30
    job = turn(ask(alice, 300))
    assert (job.state, job.done, job.faults) == (State.QUEUED, 200, 0)
    assert "10 searches a minute without a token" in job.message
    assert 28 < blocked_for(github) < 31 + SLOW
    assert len(github.requests) == 2
    other = turn(ask(alice, 100))
    assert (other.state, len(github.requests)) == (State.QUEUED, 2)


def test_a_limit_goes_by_the_clock_of_the_answer(github: GitHub, alice: Any) -> None:
    headers = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "1000000042",
        "Date": "Sun, 09 Sep 2001 01:46:40 GMT",
    }
    github.queue(status=403, body=message(SPENT), headers=headers)
    job = turn(ask(alice, 100))
    assert (job.state, job.faults) == (State.QUEUED, 0)
    assert 41.9 < blocked_for(github) < 42 + SLOW


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(
    ("headers", "words", "seconds"),
    [
        ({"Retry-After": "8"}, TOO_FAST, 8),
        ({"Retry-After": "8", "X-RateLimit-Remaining": "4000"}, TOO_FAST, 8),
        ({}, TOO_FAST, 60),
        ({"X-RateLimit-Remaining": "4000", "X-RateLimit-Reset": "9999999999"}, TOO_FAST, 60),
        ({"Retry-After": "soon"}, TOO_FAST, 60),
        ({"Retry-After": "nan"}, TOO_FAST, 60),
        ({"Retry-After": "-5"}, TOO_FAST, 1),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "never"}, SPENT, 60),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "5"}, SPENT, 1),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9" * 15}, SPENT, 86_400),
        ({}, "You have triggered an abuse detection mechanism.", 60),
    ],
)
def test_both_limits_make_everybody_wait_and_are_no_fault(
    github: GitHub, alice: Any, status: int, headers: dict[str, str], words: str, seconds: float
) -> None:
    github.queue(status=status, body=message(words), headers=headers)
    job = turn(ask(alice, 100))
    assert (job.state, job.faults, len(github.requests)) == (State.QUEUED, 0, 1)
    assert seconds - 0.1 < blocked_for(github) < seconds + SLOW
    assert turn(ask(alice, 100)).state == State.QUEUED
    assert len(github.requests) == 1
    RateLimit.objects.update(blocked_until=None)
    execute_all()
    assert set(Report.objects.values_list("state", flat=True)) == {"done"}


def test_a_limit_that_says_nothing_makes_us_wait_longer_each_time_and_never_fails(github: GitHub, alice: Any) -> None:
    job, waits = ask(alice, 100), []
    for _ in range(8):
        github.queue(status=429, body="", headers={"Content-Type": "text/html"})
        RateLimit.objects.update(blocked_until=None)
        Job.objects.filter(pk=job.pk).update(run_after=None)
        assert turn(job).state == State.QUEUED
        waits.append(blocked_for(github))
    expected = [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert all(after - 0.1 < wait < after + SLOW for wait, after in zip(waits, expected, strict=True))
    RateLimit.objects.update(blocked_until=None)
    execute_all()
    assert Report.objects.get().state == "done"
    assert RateLimit.objects.get(source=client.NAME).strikes == 0


# Faults of its own, of the network, of ours


@pytest.mark.parametrize(
    ("odd", "says"),
    [
        ({"status": 500}, "is having problems (error 500)"),
        ({"status": 502, "body": "<html>Bad gateway</html>"}, "is having problems (error 502)"),
        ({"status": 503, "headers": {"Retry-After": "7"}}, "is having problems (error 503)"),
        ({"status": 404, "body": message("Not Found")}, "is having problems (error 404)"),
        ({"status": 403, "body": "<html>Forbidden</html>"}, "refuses our requests (error 403)"),
        (
            {"status": 403, "body": message("Request forbidden by administrative rules.")},
            "refuses our requests (error 403)",
        ),
        ({"body": "<!doctype html><p>Hello"}, "not a list of repositories"),
        ({"body": '{"items": [{"id": 1}'}, "not a list of repositories"),
        ({"body": "[]"}, "not a list of repositories"),
        ({"body": "null"}, "not a list of repositories"),
        ({"body": '{"items": null}'}, "not a list of repositories"),
        ({"body": '{"items": {"1": 2}}'}, "not a list of repositories"),
        ({"body": b"\xff\xfe\x00"}, "not a list of repositories"),
        ({"body": "[" * 100_000}, "not a list of repositories"),
        ({"body": ""}, "not a list of repositories"),
        ({"status": 0}, "GitHub stopped in the middle of its answer."),
    ],
)
def test_a_fault_is_tried_again_and_told(github: GitHub, alice: Any, odd: dict[str, Any], says: str) -> None:
    github.queue(**odd)
    job = turn(ask(alice, 100))
    assert (job.state, job.faults) == (State.QUEUED, 1)
    assert says in job.message
    RateLimit.objects.update(blocked_until=None)
    execute_all()
    assert Report.objects.get().state == "done"


def test_what_stays_wrong_fails_after_five_times(github: GitHub, alice: Any) -> None:
    from tests.services.stub import Odd

    github.always = Odd(200, "<html>")
    job = ask(alice, 100)
    execute_all()
    job.refresh_from_db()
    assert (job.state, len(github.requests), Report.objects.get().state) == (State.FAILED, 5, "failed")
    assert job.error.endswith("We tried five times. Please try again later.")


def test_nobody_there_is_a_sentence_and_costs_others_nothing(alice: Any, settings: Any) -> None:
    settings.GITHUB_API_URL = "http://127.0.0.1:9"
    job = turn(ask(alice, 100))
    assert (job.state, job.message) == (State.QUEUED, "GitHub can't be reached.")
    assert rate_limit.is_doubtful(client.NAME)


@pytest.mark.parametrize(
    "body", [message("Validation Failed"), "<html>", message("Only the first 1000 search results")]
)
def test_422_of_the_first_page_is_refused_with_a_sentence(github: GitHub, alice: Any, body: str) -> None:
    github.queue(status=422, body=body)
    job = turn(ask(alice, 100))
    assert job.error == "GitHub did not understand the search for Python repositories (error 422)."


def test_a_better_answer_clears_what_was_refused(github: GitHub, alice: Any) -> None:
    github.queue(status=429)
    job = turn(ask(alice, 100))
    assert rate_limit.is_doubtful(client.NAME)
    RateLimit.objects.update(blocked_until=timezone.now() - timedelta(seconds=1))
    Job.objects.update(run_after=None)
    assert turn(job).state == State.SUCCEEDED
    assert not rate_limit.is_doubtful(client.NAME)
