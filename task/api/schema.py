"""What the schema leaves out."""

from typing import Any

Endpoint = tuple[str, str, str, Any]


def addresses_of_the_api(endpoints: list[Endpoint], **_: Any) -> list[Endpoint]:
    """Those under /api/: a second address of the same thing is no other thing."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]
