"""The pages: whose they are, what they show once, and what their buttons do."""

import re
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from task.jobs.models import Job
from task.jobs.testing import execute_all
from task.webhooks.models import MOST, Delivery, Webhook
from task.webhooks.sending_again import CantSend, send_again
from tests.services import receiver as answers
from tests.services.receiver import Receiver
from tests.webhooks.making import ADDRESS, delivery_of, webhook_of

pytestmark = pytest.mark.django_db

NEW = "/webhooks/new/"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


class TestAdding:
    def test_the_answer_shows_the_secret_once(self, member: Client, alice: Any) -> None:
        answer = member.post(NEW, {"address": ADDRESS})
        (secret,) = SECRET.findall(answer.content.decode())
        assert answer.status_code == 200
        assert "no-store" in answer.headers["Cache-Control"]
        assert said(answer) == []
        webhook = Webhook.objects.get(owner=alice)
        assert webhook.address == ADDRESS
        for path in ("/webhooks/", f"/webhooks/{webhook.pk}/", "/accounts/profile/"):
            words = member.get(path).content.decode()
            assert secret not in words
            assert webhook.seed not in words

    def test_a_wrong_address_comes_back_with_a_sentence(self, member: Client) -> None:
        answer = member.post(NEW, {"address": "http://10.0.0.7/"})
        assert "The address must begin with https://." in answer.content.decode()
        assert not Webhook.objects.exists()

    @pytest.mark.parametrize(
        "address", ["", "\0", "x" * 5000, "https://\ud800", "https://a\r\nHost: b/", "[", "https://[v1.x]/"]
    )
    def test_no_address_is_an_error_of_ours(self, member: Client, address: str) -> None:
        answer = member.post(NEW, {"address": address.encode("utf-8", "surrogatepass")})
        assert answer.status_code in (200, 400)
        assert not Webhook.objects.exists()

    def test_five_are_the_most(self, member: Client, alice: Any, bob: Any) -> None:
        for _ in range(MOST):
            webhook_of(alice)
        answer = member.post(NEW, {"address": ADDRESS})
        assert "You have 5 webhooks. Delete one that you no longer need." in answer.content.decode()
        assert Webhook.make(alice, ADDRESS) is None  # what two requests at once come to
        Webhook.objects.filter(owner=alice, slot=3).delete()
        assert Webhook.make(alice, ADDRESS)[0].slot == 3  # type: ignore[index]
        assert Webhook.make(bob, ADDRESS) is not None


class TestStrangers:
    @pytest.mark.parametrize("path", ["", "switch/", "delete/", "deliveries/{}/send-again/"])
    def test_a_strangers_is_not_there(self, client_of: Any, alice: Any, bob: Any, path: str) -> None:
        delivery = delivery_of(alice)
        url = f"/webhooks/{delivery.webhook_id}/{path.format(delivery.pk)}"
        ask = "post" if path else "get"
        assert getattr(client_of(bob), ask)(url).status_code == 404
        assert getattr(Client(), ask)(url).status_code == 302
        assert getattr(client_of(alice), ask)(url).status_code in (200, 302)

    @pytest.mark.parametrize("path", ["/webhooks/{}/", "/api/webhooks/{}/", "/api/webhooks/{}/deliveries/"])
    @pytest.mark.parametrize("number", [0, 10**19, 10**40])
    def test_a_number_that_nothing_has_is_not_there(self, member: Client, path: str, number: int) -> None:
        assert member.get(path.format(number)).status_code == 404

    def test_the_list_is_of_ones_own_also_for_staff(self, client_of: Any, alice: Any, charlie: Any) -> None:
        webhook_of(alice)
        assert "hooks.example.org" not in client_of(charlie).get("/webhooks/").content.decode()

    def test_a_delivery_of_another_webhook_is_not_sent(self, member: Client, alice: Any, bob: Any) -> None:
        mine, theirs = webhook_of(alice), delivery_of(bob)
        assert member.post(f"/webhooks/{mine.pk}/deliveries/{theirs.pk}/send-again/").status_code == 404

    @pytest.mark.parametrize("path", ["switch/", "delete/"])
    def test_what_changes_something_takes_posts_alone(self, member: Client, alice: Any, path: str) -> None:
        assert member.get(f"/webhooks/{webhook_of(alice).pk}/{path}").status_code == 405

    def test_staff_find_no_secret_in_the_administration(self, client_of: Any, django_user_model: Any) -> None:
        boss = django_user_model.objects.create_superuser("boss", "boss@example.org", "a good password")
        delivery = delivery_of(boss)
        for path in (
            f"webhook/{delivery.webhook_id}/change/",
            "webhook/",
            f"delivery/{delivery.pk}/change/",
            "delivery/",
        ):
            words = client_of(boss).get(f"/admin/webhooks/{path}").content.decode()
            assert "hooks.example.org" in words
            for hidden in ("?b=c", delivery.webhook.seed, delivery.webhook.digest):
                assert hidden not in words


class TestLog:
    def test_it_shows_what_was_sent_and_answered_as_text(self, member: Client, alice: Any) -> None:
        delivery = delivery_of(alice, answer="<script>alert(1)</script>")
        words = member.get(f"/webhooks/{delivery.webhook_id}/").content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in words
        assert "hooks.example.org answered 500." in words
        assert f"msg_{delivery.pk.hex}" in words

    def test_it_costs_the_same_however_long_it_is(self, member: Client, alice: Any) -> None:
        webhook = webhook_of(alice)
        counts = []
        for rows in (1, 30):
            for _ in range(rows):
                delivery_of(alice, webhook)
            with CaptureQueriesContext(connection) as queries:
                assert member.get(f"/webhooks/{webhook.pk}/").status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_it_bears_it_that_the_jobs_are_gone(self, member: Client, alice: Any) -> None:
        delivery = delivery_of(alice)
        Job.objects.all().delete()
        words = member.get(f"/webhooks/{delivery.webhook_id}/").content.decode()
        assert "Do nothing" in words
        assert f"/jobs/{delivery.pk}/" not in words


class TestButtons:
    def test_switched_off_and_on(self, member: Client, alice: Any) -> None:
        webhook = webhook_of(alice)
        for to in ("off", "on"):
            answer = member.post(f"/webhooks/{webhook.pk}/switch/", {"to": to})
            assert said(answer)[-1].startswith(f"Webhook switched {to}.")
            webhook.refresh_from_db()
            assert webhook.enabled == (to == "on")

    def test_deleted_with_its_deliveries(self, member: Client, alice: Any) -> None:
        delivery = delivery_of(alice)
        member.post(f"/webhooks/{delivery.webhook_id}/delete/")
        assert not Webhook.objects.exists()
        assert not Delivery.objects.exists()

    def test_sent_again_it_is_a_delivery_of_its_own_with_the_same_message(
        self, member: Client, alice: Any, receiver: Receiver
    ) -> None:
        webhook = webhook_of(alice, receiver.url)
        delivery = delivery_of(alice, webhook)
        url = f"/webhooks/{webhook.pk}/deliveries/{delivery.pk}/send-again/"
        assert "We are sending this again" in said(member.post(url))[0]
        assert said(member.post(url))[-1] == "This is already being sent."
        execute_all()
        again = Delivery.objects.exclude(pk=delivery.pk).get()
        assert (again.state, again.message, again.body) == ("delivered", delivery.message, delivery.body)
        assert again.about_id == delivery.about_id
        assert receiver.calls[0].headers["webhook-id"] == delivery.name
        assert "We are sending this again" in said(member.post(url))[-1]  # as often as somebody wants

    def test_of_two_clicks_at_once_one_is_sent(self, alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        delivery = delivery_of(alice)
        send_again(delivery, alice)
        Delivery.objects.exclude(pk=delivery.pk).delete()  # as the other click sees it
        with pytest.raises(CantSend, match="already being sent"):
            send_again(delivery, alice)

    def test_one_that_is_switched_off_sends_nothing(self, member: Client, alice: Any, receiver: Receiver) -> None:
        receiver.answer = answers.plain(200)
        delivery = delivery_of(alice, webhook_of(alice, enabled=False))
        answer = member.post(f"/webhooks/{delivery.webhook_id}/deliveries/{delivery.pk}/send-again/")
        assert said(answer) == ["This webhook is switched off. Switch it on first."]


def test_the_menu_and_the_profile_lead_there(member: Client, alice: Any) -> None:
    assert 'href="/webhooks/"' in member.get("/jobs/").content.decode()
    assert "We can call an address of yours" in member.get("/accounts/profile/").content.decode()
    webhook_of(alice)
    assert "We call 1 address of yours" in member.get("/accounts/profile/").content.decode()
