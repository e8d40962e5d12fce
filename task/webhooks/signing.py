"""The secret of a webhook, and what a call is signed with: the headers of Standard Webhooks 1.0, symmetric (v1).

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

The secret is kept nowhere. It is made of SECRET_KEY and a random seed in the webhook's row, again for each call, and
the row has its SHA-256, which tells whether what was made is still what was shown. So the database and its backups say
nothing of it, and with another SECRET_KEY a webhook can't sign, and knows.
"""

import base64
import hashlib
import hmac
from secrets import compare_digest

from django.conf import settings
from django.utils.crypto import salted_hmac

PREFIX = "whsec_"


def secret_of(seed: str, key: str | bytes | None = None) -> bytes:
    """256 bits. `key`: SECRET_KEY, unless it is an older one."""
    return salted_hmac("task.webhooks.secret", seed, secret=key, algorithm="sha256").digest()


def digest_of(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()


def find_secret(seed: str, digest: str) -> bytes | None:
    """The secret that was shown. None when it was made with a SECRET_KEY that the desk has no more."""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        secret = secret_of(seed, key)
        if compare_digest(digest_of(secret), digest):
            return secret
    return None


def as_text(secret: bytes) -> str:
    """As a receiver gets it, and as its library takes it."""
    return PREFIX + base64.b64encode(secret).decode()


def headers_of(secret: bytes, message: str, timestamp: int, body: bytes) -> dict[str, str]:
    """`webhook-id`, `webhook-timestamp`, `webhook-signature`."""
    signed = b".".join((message.encode(), str(timestamp).encode(), body))
    signature = base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
