"""Whose work a thread does, for the log: the request's id, and the job's. A job carries its request's to the worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
job_id: ContextVar[str] = ContextVar("job_id", default="")


@contextmanager
def of_request(number: str) -> Iterator[None]:
    token = request_id.set(number)
    try:
        yield
    finally:
        request_id.reset(token)


@contextmanager
def of_job(number: str) -> Iterator[None]:
    """Its request is known once its row is read (`request_id.set`)."""
    token = job_id.set(number)
    try:
        with of_request(""):
            yield
    finally:
        job_id.reset(token)
