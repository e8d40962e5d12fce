"""An answer that is held back until something has happened, without a thread that waits for it."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from task.kit import traces

Over = Callable[[list[Any]], set[Any]]


class Later(BaseException):
    """The request is to be made again once `key` is among what `over(keys)` returns, after `seconds` at the latest.

    The desk's own web server catches it (`celerytask.web_worker`), keeps the connection and gives the thread to others.
    It asks `over` for all requests of a process at once. No `Exception`, so that nothing on the way answers it.
    """

    def __init__(self, over: Over, key: Hashable, seconds: float) -> None:
        super().__init__()
        self.over, self.key, self.seconds = over, key, seconds
        self.request_id = traces.request_id.get()


def can_wait(environ: Mapping[str, Any]) -> bool:
    """The server takes a `Later`. Any other server, or a full or stopping one, does not."""
    return bool(getattr(environ.get("gunicorn.socket"), "can_wait", False))


def id_before(environ: Mapping[str, Any]) -> str:
    """The request's id when it was made the first time: the log knows it by that."""
    return str(getattr(environ.get("gunicorn.socket"), "request_id", ""))


def has_waited(environ: Mapping[str, Any]) -> bool:
    """This is the request of a `Later` made again, and it is to be answered now."""
    return bool(getattr(environ.get("gunicorn.socket"), "has_waited", False))
