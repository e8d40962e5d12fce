"""One question to a service, at its pace; what is no good answer becomes a pause that all workers keep."""

import logging
from collections.abc import Mapping

from django.conf import settings

from task.jobs import RetryLater, Snooze
from task.jobs.services import rate_limit
from task.jobs.services.http import Reply, fetch, host_of, user_agent
from task.jobs.services.replies import retry_after

log = logging.getLogger("desk.sources")

SECONDS = 10.0  # for a whole answer
LARGEST = 2_000_000  # bytes; fifty full records are a quarter of it
TOO_FAST_SECONDS = 5
REFUSED_SECONDS = 60
FAILING_SECONDS, FAILING_LONGEST = 10.0, 600.0


def ask(name: str, address: str, interval: float, accept: str) -> Reply:
    """A good answer (200). Raises RetryLater, or Snooze where it wants or has a pause."""
    reply = request(name, address, interval, accept)
    refuse_bad(name, reply)
    if reply.status != 200:
        raise failing(name, f"{name} is having problems (error {reply.status}).")
    return reply


def request(name: str, address: str, interval: float, accept: str, more: Mapping[str, str] | None = None) -> Reply:
    """Any answer, of this host alone. Raises RetryLater, or Snooze where it has a pause."""
    host = host_of(address)
    rate_limit.wait_for_turn(name, interval)
    with rate_limit.block_if_unreachable(name):
        headers = {"User-Agent": user_agent(), "Accept": accept, **(more or {})}
        return fetch(address, headers=headers, timeout=SECONDS, limit=LARGEST, may_ask=lambda other: other == host)


def refuse_bad(name: str, reply: Reply) -> None:
    """Raises Snooze for what asks us to wait, or refuses us; RetryLater for its own fault with a time to wait."""
    after = retry_after(reply)
    if reply.status == 429:
        raise pause(name, asked_to_wait(name), after, TOO_FAST_SECONDS)
    if reply.status in (401, 403):
        hint = "" if settings.CONTACT else " An administrator should set CONTACT, so that it knows who is asking."
        reason = f"{name} refuses our requests (error {reply.status}).{hint}"
        log.error(reason)
        raise pause(name, reason, after, REFUSED_SECONDS)
    if reply.status != 200 and after:
        reason = f"{name} is having problems (error {reply.status})."
        rate_limit.block(name, reason, after)
        raise RetryLater(reason, after=after)


def asked_to_wait(name: str) -> str:
    return f"{name} asked us to wait."


def pause(name: str, reason: str, after: float | None, else_after: float) -> Snooze:
    return Snooze(reason, after=rate_limit.block(name, reason, after or else_after, grows=after is None))


def failing(name: str, reason: str) -> RetryLater:
    """It answers, and with nothing that will do: nobody asks it for a while, each time longer."""
    rate_limit.block(name, reason, FAILING_SECONDS, grows=True, longest=FAILING_LONGEST)
    return RetryLater(reason)
