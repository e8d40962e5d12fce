"""What a call is signed with, checked as the docs tell a receiver to; and where the secret is not."""

import base64
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from django.core.management import call_command

from task.webhooks import signing
from task.webhooks.models import Webhook
from tests import examples

pytestmark = pytest.mark.django_db

SECRET, BODY = bytes(range(32)), b'{"id":"1"}'
Check = Callable[[str, dict[str, str], bytes], bool]


@pytest.fixture(scope="module")
def is_from_desk() -> Check:
    """Of docs/webhooks.md."""
    module = ModuleType("signature")
    exec(examples.files_of("docs/webhooks.md", "receiver")["example_receiver/signature.py"], module.__dict__)
    found: Check = module.is_from_desk
    return found


def headers(age: int = 0) -> dict[str, str]:
    return signing.headers_of(SECRET, "msg_1", int(time.time()) - age, BODY)


def test_the_receiver_of_the_docs_knows_a_call_of_ours(is_from_desk: Check) -> None:
    assert is_from_desk(signing.as_text(SECRET), headers(), BODY)
    rotated = headers() | {"webhook-signature": f"v1,AAAA v1a,BBBB {headers()['webhook-signature']}"}
    assert is_from_desk(signing.as_text(SECRET), rotated, BODY)


def test_and_no_other(is_from_desk: Check) -> None:
    secret, other = signing.as_text(SECRET), signing.as_text(bytes(32))
    assert not is_from_desk(other, headers(), BODY)
    assert not is_from_desk(secret, headers(), BODY + b" ")
    assert not is_from_desk(secret, headers() | {"webhook-id": "msg_2"}, BODY)
    assert not is_from_desk(secret, headers() | {"webhook-timestamp": str(int(time.time()) + 1)}, BODY)
    assert not is_from_desk(secret, headers(age=301), BODY)


def test_the_example_of_the_specification() -> None:
    """The one that its libraries test themselves with."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signing.headers_of(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


class TestSecret:
    def test_each_webhook_has_its_own(self, alice: Any) -> None:
        made = [Webhook.make(alice, "https://example.org/") for _ in range(2)]
        assert len({secret for _, secret in made}) == 2  # type: ignore[union-attr]

    def test_it_is_found_again_and_stands_nowhere(self, alice: Any, tmp_path: Any) -> None:
        webhook, text = Webhook.make(alice, "https://example.org/")  # type: ignore[misc]
        secret = signing.find_secret(webhook.seed, webhook.digest)
        assert secret
        assert signing.as_text(secret) == text
        call_command("dumpdata", output=str(tmp_path / "all.json"), verbosity=0)
        kept = (tmp_path / "all.json").read_text()
        assert webhook.seed in kept
        for shape in (text, text.removeprefix("whsec_"), secret.hex(), str(list(secret))):
            assert shape not in kept

    def test_another_secret_key_can_not_make_it(self, alice: Any, settings: Any) -> None:
        webhook, text = Webhook.make(alice, "https://example.org/")  # type: ignore[misc]
        before = settings.SECRET_KEY
        settings.SECRET_KEY = "another one"
        assert signing.find_secret(webhook.seed, webhook.digest) is None
        settings.SECRET_KEY_FALLBACKS = [before]
        secret = signing.find_secret(webhook.seed, webhook.digest)
        assert secret
        assert signing.as_text(secret) == text
