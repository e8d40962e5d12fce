"""Asking the hosts that covers come from, and no other: an answer may send us on to a host of its own alone."""

from urllib.parse import urlsplit

from django.conf import settings

from task.books.covers.pictures import NoCover, Pictures, make
from task.jobs import RetryLater
from task.jobs.services import rate_limit
from task.jobs.services.http import Unfit, fetch, user_agent
from task.jobs.services.replies import retry_after

NAME = "Open Library’s covers"
SECONDS_A_REQUEST = 0.3
LARGEST = 5_000_000  # bytes
REFUSED_SECONDS = 60
REAL = "https://covers.openlibrary.org"  # as its answers have it; COVERS_URL is asked in its place
HOSTS = (".openlibrary.org", ".archive.org")  # Open Library keeps its older pictures at the Internet Archive


def is_ours(host: str) -> bool:
    """It is one that covers come from: Open Library, the Internet Archive, or the host of COVERS_URL."""
    named = urlsplit(settings.COVERS_URL).hostname or ""
    return host == named or f".{host}".endswith(HOSTS)


def fetch_cover(address: str) -> Pictures:
    """Raises NoCover where there is none, RetryLater where its host can't be asked now."""
    address = address.replace(REAL, settings.COVERS_URL, 1) if address.startswith(f"{REAL}/") else address
    if not is_ours(urlsplit(address).hostname or ""):
        raise NoCover("It is at a host that covers do not come from.")
    rate_limit.wait_for_turn(NAME, SECONDS_A_REQUEST)
    with rate_limit.block_if_unreachable(NAME):
        try:
            reply = fetch(address, headers={"User-Agent": user_agent()}, limit=LARGEST, may_ask=is_ours)
        except Unfit as fault:
            raise NoCover(str(fault)) from fault
    if reply.status == 429 or reply.status >= 500:
        seconds = retry_after(reply) or REFUSED_SECONDS
        rate_limit.block(NAME, f"{NAME} asked us to wait.", seconds, grows=True)
        raise RetryLater(f"{NAME} answered {reply.status}.")
    rate_limit.clear(NAME)
    if reply.status != 200:
        raise NoCover(f"{NAME} answered {reply.status}.")
    return make(reply.content)
