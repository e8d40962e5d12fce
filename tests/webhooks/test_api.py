"""The same for programs."""

from typing import Any

import pytest

from task.jobs.engine.executor import execute
from task.webhooks import signing
from task.webhooks.models import MOST, Delivery, Webhook
from tests.api.conftest import program as program
from tests.webhooks.making import ADDRESS, delivery_of, webhook_of

pytestmark = pytest.mark.django_db

LIST = "/api/webhooks/"


def test_a_new_one_is_answered_with_its_secret_once(program: Any, alice: Any) -> None:
    api = program(alice)
    answer = api.post(LIST, {"address": ADDRESS}, format="json")
    assert answer.status_code == 201
    assert "no-store" in answer.headers["Cache-Control"]
    told = answer.json()
    webhook = Webhook.objects.get(owner=alice)
    secret = signing.find_secret(webhook.seed, webhook.digest)
    assert secret
    assert told["secret"] == signing.as_text(secret)
    assert answer.headers["Location"] == told["url"]
    for url in (LIST, told["url"], told["deliveries"]):
        assert told["secret"] not in api.get(url).content.decode()
    assert api.get(told["url"]).json() == {name: told[name] for name in told if name != "secret"}


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        ({"address": "http://example.org"}, "/address", "The address must begin with https://."),
        ({"address": "https://127.0.0.1/"}, "/address", "127.0.0.1 is not on the public internet."),
        ({"address": 5}, "/address", "Send text, in quotes."),
        ({"address": "x"}, "/address", "Enter a whole address, such as https://example.org/hook."),
        ({}, "/address", "Enter the address to call."),
        ({"address": ADDRESS, "secret": "mine"}, "/secret", "There is no such field here."),
    ],
)
def test_what_is_wrong_is_said(program: Any, alice: Any, body: Any, pointer: str, words: str) -> None:
    answer = program(alice).post(LIST, body, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"pointer": pointer, "detail": words}]


def test_five_are_the_most(program: Any, alice: Any) -> None:
    for _ in range(MOST):
        webhook_of(alice)
    answer = program(alice).post(LIST, {"address": ADDRESS}, format="json")
    assert answer.status_code == 400
    assert answer.json()["detail"] == "You have 5 webhooks. Delete one that you no longer need."


def test_switched_and_deleted(program: Any, alice: Any) -> None:
    api, url = program(alice), f"{LIST}{webhook_of(alice).pk}/"
    assert api.patch(url, {"enabled": False}, format="json").json()["enabled"] is False
    assert api.patch(url, {"enabled": "perhaps"}, format="json").status_code == 400
    assert api.delete(url).status_code == 204
    assert api.get(url).status_code == 404


def test_deliveries_and_one_again(program: Any, alice: Any) -> None:
    api, delivery = program(alice), delivery_of(alice)
    (row,) = api.get(f"{LIST}{delivery.webhook_id}/deliveries/").json()["results"]
    assert (row["id"], row["message"], row["state"], row["status"]) == (
        str(delivery.pk), delivery.name, "failed", 500,
    )  # fmt: skip
    url = f"{LIST}{delivery.webhook_id}/deliveries/{delivery.pk}/send-again/"
    first = api.post(url, HTTP_IDEMPOTENCY_KEY="one")
    assert (first.status_code, first.json()["kind"]) == (202, "webhooks.deliver")
    assert api.post(url, HTTP_IDEMPOTENCY_KEY="one").json()["id"] == first.json()["id"]
    assert api.post(url).json()["detail"] == "This is already being sent."
    assert Delivery.objects.filter(message=delivery.message).count() == 2


def test_an_end_that_a_program_asked_for_is_told(program: Any, alice: Any) -> None:
    webhook_of(alice)
    asked = program(alice).post("/api/users/generate/", {"total": 50}, format="json")
    execute(asked.json()["id"])
    assert '"kind": "accounts.generate"' in Delivery.objects.get().body


def test_staff_list_their_own(program: Any, alice: Any, charlie: Any) -> None:
    webhook_of(alice)
    assert program(charlie, as_staff=True).get(LIST).json()["results"] == []
