"""GitHub's search for repositories: a hundred a page, a thousand in all, and limits that it tells in its headers.

It allows 10 searches a minute, 30 with a token. The token is read from the settings at the moment of asking, goes into
one header and nowhere else: no argument, message, log or page has it.
"""

import json
import logging
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.utils import timezone

from task.jobs import Refused, Temporary, pace
from task.jobs.http import Reply, Unreachable, fetch
from task.reports.answers import Page, text

log = logging.getLogger("desk.github")

NAME = "GitHub"
PAGE, PAGES = 100, 10  # rows a page, and pages: what lies beyond is answered 422
SECONDS_A_REQUEST = 0.5  # never two at once: what is asked too fast meets what it calls its secondary limit
API_VERSION = "2022-11-28"

LIMITED_SECONDS = 60  # GitHub's own figure for a limit that does not say how long, then exponential
REFUSED_SECONDS = 60
UNREACHABLE_SECONDS = 10  # nobody else waits for a host that has just not answered
UNREACHABLE_LONGEST = 120
LONGEST_WAIT = 86_400


def search(language: str, number: int) -> Page:
    """Page `number`, from 1, of the repositories in `language` with the most stars.

    Raises Temporary when GitHub wants us to wait or can't be reached, Refused when asking again would not help.
    """
    headers = headers_of_a_question()
    pace.take_turn(NAME, SECONDS_A_REQUEST)
    with _felt_by_all():
        reply = fetch(address_of(language, number), headers=headers)
    page = read(reply, language, number)
    pace.clear(NAME)
    spent = seconds_to_reset(reply) if is_spent(reply) else 0.0
    if spent:  # the next question would be refused: nobody asks it
        pace.block(NAME, allowance(), spent)
    return page


def address_of(language: str, number: int) -> str:
    word = language.lower()
    word = word if word.isalnum() else f'"{word}"'
    query = {"q": f"language:{word}", "sort": "stars", "order": "desc", "per_page": PAGE, "page": number}
    return f"{settings.GITHUB_API_URL}/search/repositories?{urlencode(query, safe=':', quote_via=quote)}"


def headers_of_a_question() -> dict[str, str]:
    contact = "".join(c for c in settings.CONTACT if c.isascii() and c.isprintable())
    headers = {
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": API_VERSION,
        "User-Agent": f"celerytask/1.0 ({contact})" if contact else "celerytask/1.0",
    }
    token = settings.GITHUB_TOKEN.strip()
    if not (token.isascii() and token.isprintable() and " " not in token):
        # Before it goes into a header, where a fault would be told with its value.
        raise Refused("GITHUB_TOKEN is not what a token looks like. The staff must look at it; then retry this job.")
    return headers | ({"Authorization": f"Bearer {token}"} if token else {})


def allowance() -> str:
    """How much GitHub allows us, in a sentence."""
    if settings.GITHUB_TOKEN.strip():
        return f"{NAME} allows 30 searches a minute, and these are used up."
    return f"{NAME} allows 10 searches a minute without a token, and these are used up."


def read(reply: Reply, language: str, number: int) -> Page:
    """The page of a good answer. Raises Refused or Temporary for any other; blocks GitHub for all where it asked."""
    if reply.status == 200:
        records = _json(reply)
        if not isinstance(records, dict) or not isinstance(records.get("items"), list):
            raise Temporary(f"{NAME} answered with something that is not a list of repositories.")
        return Page.of(records, PAGE)
    said = _said(reply)
    if reply.status == 401:
        log.error("GitHub does not accept the desk's token (401)")
        raise Refused(f"{NAME} does not let the desk in. The staff must look at GITHUB_TOKEN; then retry this job.")
    if reply.status == 422:
        if number > 1 and "search results" in said.lower():
            return Page.beyond_the_end()
        raise Refused(f"{NAME} does not understand a search for {language} repositories (422).")
    if reply.status in (403, 429):
        _raise_refusal(reply, said)
    reason, after = f"{NAME} has a fault of its own ({reply.status}).", retry_after(reply)
    if after:
        pace.block(NAME, reason, after)
    raise Temporary(reason, after=after)


def _raise_refusal(reply: Reply, said: str) -> None:
    """Its two limits are no fault of ours; any other refusal may be the network's or our own, and is tried less."""
    after = retry_after(reply)
    if after is None and is_spent(reply):
        after = seconds_to_reset(reply)
    words = said.lower()
    if after or reply.status == 429 or "rate limit" in words or "abuse" in words:
        reason = allowance() if is_spent(reply) else f"{NAME} asks us to wait: too much was asked in a short time."
        seconds = pace.block(NAME, reason, after or LIMITED_SECONDS, grows=after is None)
        raise Temporary(reason, after=seconds, counts=False)
    reason = f"{NAME} refuses our requests ({reply.status}). The staff should look at CONTACT and GITHUB_TOKEN."
    log.error(reason)
    raise Temporary(reason, after=pace.block(NAME, reason, REFUSED_SECONDS, grows=True))


def _json(reply: Reply) -> Any:
    try:
        # A number of thousands of digits is one odd field, and no reason to lose the page.
        return json.loads(reply.content, parse_int=lambda digits: int(digits[:20]))
    except (ValueError, RecursionError):
        return None


def _said(reply: Reply) -> str:
    records = _json(reply)
    return text(records.get("message"), 500) if isinstance(records, dict) else ""


# Its limits


def is_spent(reply: Reply) -> bool:
    return reply.headers.get("x-ratelimit-remaining", "").strip() == "0"


def seconds_to_reset(reply: Reply) -> float:
    """Until the limit is whole again, by the clock of the answer, for ours may be wrong; a minute if it says nothing.

    The answer's Date is cut to whole seconds, so the wait is at most one too long and never too short.
    """
    reset = reply.headers.get("x-ratelimit-reset", "").strip()
    if not re.fullmatch(r"[0-9]{1,15}", reset):
        return float(LIMITED_SECONDS)
    date = _moment(reply.headers.get("date", "")) or timezone.now()
    return min(max(int(reset) - date.timestamp(), 1.0), float(LONGEST_WAIT))


def retry_after(reply: Reply) -> float | None:
    """Seconds, from a number or a date; None when it did not say, or nothing sensible."""
    value = reply.headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        moment = _moment(value)
        if moment is None:
            return None
        seconds = (moment - (_moment(reply.headers.get("date", "")) or timezone.now())).total_seconds()
    return min(max(seconds, 1.0), LONGEST_WAIT) if math.isfinite(seconds) else None


def _moment(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextmanager
def _felt_by_all() -> Iterator[None]:
    """A host that can't be reached, or hangs, costs one worker its seconds, and not each in turn."""
    try:
        yield
    except Temporary as fault:
        reason = f"{NAME} can't be reached." if isinstance(fault, Unreachable) else f"{NAME} does not answer."
        pace.block(NAME, reason, UNREACHABLE_SECONDS, grows=True, longest=UNREACHABLE_LONGEST)
        raise Temporary(reason) from None
