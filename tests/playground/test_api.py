"""The playground for programs."""

import pytest

from task.playground import api as playground_api
from task.playground.models import PlaygroundRun
from task.playground.start import Sent, TooMany
from tests.api.conftest import program as program

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/api/playground/"
CHAIN = {"canvas": "chain", "numbers": [2, 3]}


@pytest.fixture
def broker(monkeypatch):
    """Takes all messages."""
    monkeypatch.setattr("task.playground.start.publish", lambda run, work: Sent(1, 1))


def test_a_run_is_started_and_seen(program, alice, broker):
    api = program(alice)
    answer = api.post(PATH, CHAIN, format="json")
    run = PlaygroundRun.objects.get()
    assert (answer.status_code, run.owner, run.canvas, run.inputs) == (202, alice, "chain", [2, 3])
    seen = api.get(answer.headers["Location"]).json()
    assert (seen["id"], seen["inputs"]) == (str(run.pk), [2, 3])
    assert len(seen["tasks"]) == len(run.nodes)
    assert [row["id"] for row in api.get(PATH).json()["results"]] == [str(run.pk)]


def test_a_strangers_is_not_there(program, alice, bob, charlie, broker):
    program(alice).post(PATH, CHAIN, format="json")
    path = f"{PATH}{PlaygroundRun.objects.get().pk}/"
    assert program(bob).get(path).status_code == 404
    assert program(charlie).get(path).status_code == 404
    assert program(charlie, as_staff=True).get(path).status_code == 200


def test_the_same_key_is_the_same_run(program, alice, broker):
    api = program(alice)
    first, second = (api.post(PATH, CHAIN, format="json", HTTP_IDEMPOTENCY_KEY="k") for _ in range(2))
    assert first.json() == second.json()
    assert api.post(PATH, CHAIN | {"numbers": [4, 5]}, format="json", HTTP_IDEMPOTENCY_KEY="k").status_code == 422
    assert PlaygroundRun.objects.count() == 1


@pytest.mark.parametrize(
    "sent", [{}, CHAIN | {"canvas": "circle"}, CHAIN | {"numbers": []}, CHAIN | {"numbers": [10**40]}, CHAIN | {"x": 1}]
)
def test_what_is_wrong_is_said(program, alice, broker, sent):
    assert program(alice).post(PATH, sent, format="json").status_code == 400
    assert not PlaygroundRun.objects.exists()


def test_a_queue_that_is_away_and_too_many_runs_are_told(program, alice, monkeypatch):
    monkeypatch.setattr("task.playground.start.publish", lambda run, work: Sent(0, 1))
    away = program(alice).post(PATH, CHAIN, format="json")
    assert (away.status_code, away.json()["detail"]) == (503, playground_api.AWAY)

    def too_many(*_):
        raise TooMany("You have enough.")

    monkeypatch.setattr(playground_api, "start", too_many)
    assert program(alice).post(PATH, CHAIN, format="json").json()["detail"] == "You have enough."
