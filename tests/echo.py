"""A WSGI application for the tests of the web worker: says how much it was sent, and what it begins with."""

from collections.abc import Callable, Iterable
from typing import Any


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = (
        b""
        if environ["PATH_INFO"] == "/unread"
        else environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    )
    answer = b"%s %d %s" % (environ["REQUEST_METHOD"].encode(), len(body), body[:10])
    if environ["PATH_INFO"] == "/large":
        answer = b"x" * 30_000_000
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]
