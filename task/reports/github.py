"""GitHub's search for repositories: a hundred a page, a thousand in all, and limits that it tells in its headers.

It allows 10 searches a minute, 30 with a token. The token is read from the settings at the moment of asking, goes into
one header and nowhere else: no argument, message, log or page has it.
"""

import logging
import re
from urllib.parse import quote, urlencode

from django.conf import settings

from task.jobs import Fail, RetryLater, Snooze
from task.jobs.services import rate_limit
from task.jobs.services.http import Reply, fetch, user_agent
from task.jobs.services.replies import LONGEST_WAIT, as_json, one_line, retry_after, sent_at
from task.reports.replies import Page

log = logging.getLogger("desk.github")

NAME = "GitHub"
PAGE, PAGES = 100, 10  # rows a page, and pages: what lies beyond is answered 422
SECONDS_A_REQUEST = 0.5  # never two at once: what is asked too fast meets what it calls its secondary limit
API_VERSION = "2022-11-28"

LIMITED_SECONDS = 60  # GitHub's own figure for a limit that does not say how long, then exponential
REFUSED_SECONDS = 60


def search(language: str, number: int) -> Page:
    """Page `number`, from 1, of the repositories in `language` with the most stars.

    Raises RetryLater when GitHub wants us to wait or can't be reached, Fail when asking again would not help.
    """
    headers = request_headers()
    rate_limit.wait_for_turn(NAME, SECONDS_A_REQUEST)
    with rate_limit.block_if_unreachable(NAME):
        reply = fetch(address_of(language, number), headers=headers)
    page = read(reply, language, number)
    rate_limit.clear(NAME)
    spent = seconds_to_reset(reply) if is_spent(reply) else 0.0
    if spent:  # the next question would be refused: nobody asks it
        rate_limit.block(NAME, allowance(), spent)
    return page


def address_of(language: str, number: int) -> str:
    word = language.lower()
    word = word if word.isalnum() else f'"{word}"'
    query = {"q": f"language:{word}", "sort": "stars", "order": "desc", "per_page": PAGE, "page": number}
    return f"{settings.GITHUB_API_URL}/search/repositories?{urlencode(query, safe=':', quote_via=quote)}"


def request_headers() -> dict[str, str]:
    headers = {
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": API_VERSION,
        "User-Agent": user_agent(),
    }
    token = settings.GITHUB_TOKEN.strip()
    if not (token.isascii() and token.isprintable() and " " not in token):
        # Before it goes into a header, where a fault would be told with its value.
        raise Fail("GITHUB_TOKEN does not look like a token. An administrator needs to check it; then retry.")
    return headers | ({"Authorization": f"Bearer {token}"} if token else {})


def allowance() -> str:
    """How much GitHub allows us, in a sentence."""
    if settings.GITHUB_TOKEN.strip():
        return f"{NAME} allows 30 searches a minute, and they are used up."
    return f"{NAME} allows 10 searches a minute without a token, and they are used up."


def read(reply: Reply, language: str, number: int) -> Page:
    """The page of a good answer. Raises Fail or RetryLater for any other; blocks GitHub for all where it asked."""
    if reply.status == 200:
        records = as_json(reply)
        if not isinstance(records, dict) or not isinstance(records.get("items"), list):
            raise RetryLater(f"{NAME} sent something that is not a list of repositories.")
        return Page.of(records, PAGE)
    message = _message_of(reply)
    if reply.status == 401:
        log.error("GitHub does not accept the desk's token (401)")
        raise Fail(f"{NAME} rejected the token. An administrator needs to check GITHUB_TOKEN; then retry.")
    if reply.status == 422:
        if number > 1 and "search results" in message.lower():
            return Page.beyond_the_end()
        raise Fail(f"{NAME} did not understand the search for {language} repositories (error 422).")
    if reply.status in (403, 429):
        _raise_refusal(reply, message)
    reason, after = f"{NAME} is having problems (error {reply.status}).", retry_after(reply)
    if after:
        rate_limit.block(NAME, reason, after)
    raise RetryLater(reason, after=after)


def _raise_refusal(reply: Reply, message: str) -> None:
    """Its two limits are no fault of ours; any other refusal may be the network's or our own, and is tried less."""
    after = retry_after(reply)
    if after is None and is_spent(reply):
        after = seconds_to_reset(reply)
    words = message.lower()
    if after or reply.status == 429 or "rate limit" in words or "abuse" in words:
        reason = allowance() if is_spent(reply) else f"{NAME} asked us to wait: too many requests in a short time."
        seconds = rate_limit.block(NAME, reason, after or LIMITED_SECONDS, grows=after is None)
        raise Snooze(reason, after=seconds)
    reason = (
        f"{NAME} refuses our requests (error {reply.status}). An administrator needs to check CONTACT and GITHUB_TOKEN."
    )
    log.error(reason)
    raise RetryLater(reason, after=rate_limit.block(NAME, reason, REFUSED_SECONDS, grows=True))


def _message_of(reply: Reply) -> str:
    records = as_json(reply)
    return one_line(records.get("message"), 500) if isinstance(records, dict) else ""


# Its limits


def is_spent(reply: Reply) -> bool:
    return reply.headers.get("x-ratelimit-remaining", "").strip() == "0"


def seconds_to_reset(reply: Reply) -> float:
    """Until the limit is whole again; a minute if it says nothing."""
    reset = reply.headers.get("x-ratelimit-reset", "").strip()
    if not re.fullmatch(r"[0-9]{1,15}", reset):
        return float(LIMITED_SECONDS)
    return min(max(int(reset) - sent_at(reply).timestamp(), 1.0), LONGEST_WAIT)
