"""A WSGI application for the tests of the web worker: says how much it was sent, and what it begins with."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from task.kit.later import Later, can_wait, has_waited


def that_exist(paths: list[str]) -> set[str]:
    return {path for path in paths if Path(path).exists()}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = (
        b""
        if environ["PATH_INFO"] == "/unread"
        else environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    )
    answer = b"%s %d %s" % (environ["REQUEST_METHOD"].encode(), len(body), body[:10])
    if environ["PATH_INFO"].startswith("/later/") and not has_waited(environ):
        if can_wait(environ):
            raise Later(that_exist, environ["PATH_INFO"].removeprefix("/later"), float(environ["QUERY_STRING"]))
        answer = b"It can't wait."
    if environ["PATH_INFO"] == "/large":
        answer = b"x" * 30_000_000
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]
