"""Which addresses a webhook may call: what is wrong with one as it is typed, and with where its name leads.

A name is resolved at each call, and what it resolves to is checked then: whoever owns a name may change it at any time.
"""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx2
from django.conf import settings

LONGEST = 500
UNICAST = IPv6Network("2000::/3")  # all of IPv6 that is given out for the internet
NAT64 = IPv6Network("64:ff9b::/96")  # an IPv4 address within, as networks without IPv4 write it (RFC 6052)
TUNNELS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))  # 6to4 and Teredo: others behind them


class Unresolved(Exception):
    """No address was found for a name."""


def is_global(text: str) -> bool:
    """Whether an IP address is one host of the public internet, also where it is written within another one."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or (IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else None)
        if inner is None:
            return address in UNICAST and address.is_global and not any(address in net for net in TUNNELS)
        address = inner
    return address.is_global and not address.is_multicast


def resolve(host: str, port: int, seconds: float) -> list[str]:
    """The IP addresses of a name, in the order in which they are to be tried. Raises Unresolved."""
    helper = ThreadPoolExecutor(max_workers=1, thread_name_prefix="resolve")  # the look-up has no limit of its own
    try:
        found = helper.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM).result(seconds)
    except (OSError, ValueError, TimeoutError) as fault:
        raise Unresolved(host) from fault
    finally:
        helper.shutdown(wait=False)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def problem_of(text: str) -> str:
    """Why this address can't be called, as far as it says so itself: a sentence; "" where nothing is wrong."""
    address = parsed(text)
    if address is None:
        return "Enter a whole address, such as https://example.org/hook."
    if address.userinfo:
        return "Leave the name and password out of the address. The signature says who calls."
    if not (settings.LOCAL or settings.WEBHOOKS_ALLOW_PRIVATE):
        if address.scheme != "https":
            return "The address must begin with https://."
        if address.port not in (None, 443):
            return f"Leave out the port {address.port}. Only port 443 can be called."
    return refusal_of(address.host, [address.host]) if is_literal(address.host) else ""


def parsed(text: str) -> httpx2.URL | None:
    """An http or https address with a host, without what stands behind a #; else None."""
    with suppress(httpx2.InvalidURL, ValueError, TypeError):
        address = httpx2.URL(text)
        is_there = address.host and 0 < (443 if address.port is None else address.port) < 65_536
        if address.scheme in ("http", "https") and is_there and len(str(address)) <= LONGEST:
            return address.copy_with(fragment=None)
    return None


def is_literal(host: str) -> bool:
    with suppress(ValueError):
        return bool(ip_address(host))
    return host == "localhost" or host.endswith(".localhost")


def refusal_of(host: str, found: list[str]) -> str:
    """The sentence where one of the addresses of `host` is not for webhooks; "" where all are."""
    refused = next((text for text in found if not is_global(text)), None)
    if refused is None or settings.WEBHOOKS_ALLOW_PRIVATE:
        return ""
    where = host if host == refused else f"{host} ({refused})"
    allow = " Start the desk with WEBHOOKS_ALLOW_PRIVATE=1 to allow it." if settings.LOCAL else ""
    return f"{where} is not on the public internet.{allow}"
