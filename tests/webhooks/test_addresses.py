"""Which addresses are of the public internet, and what is said of one as it is typed."""

from typing import Any

import pytest

from task.webhooks.addresses import is_global, parsed, problem_of

NOT_GLOBAL = [
    # IPv4: this network, private, shared, loopback, link-local (of clouds' own services), for tests and examples
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.0.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1",
    # multicast, reserved, broadcast
    "224.0.0.1", "233.252.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    # IPv6: none, loopback, link-local, site-local, unique local, multicast, discard, documentation, for protocols
    "::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "ff0e::1", "100::1",
    "2001:db8::1", "2001:10::1",
    # An IPv4 address within: mapped, compatible, translated, NAT64 (the well-known prefix, and the local one), 6to4,
    # Teredo
    "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:7f00:1", "::127.0.0.1", "::8.8.8.8",
    "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b::c0a8:1", "64:ff9b:1::8.8.8.8",
    "2002:7f00:1::", "2002:a00:1::1", "2002:808:808::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    # no address
    "", "localhost", "8.8.8", "8.8.8.8/32",
]  # fmt: skip
GLOBAL = [
    "8.8.8.8", "93.184.215.14", "172.32.0.1", "192.169.0.1", "2606:2800:21f::1", "2a00:1450:4001::200e",
    "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_GLOBAL)
def test_not_of_the_public_internet(address: str) -> None:
    assert not is_global(address)


@pytest.mark.parametrize("address", GLOBAL)
def test_of_the_public_internet(address: str) -> None:
    assert is_global(address)


WHOLE = "Enter a whole address, such as https://example.org/hook."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("https://example.org", ""),
        ("https://EXAMPLE.org:443/hook?x=1#y", ""),
        ("https://bücher.example/hook", ""),
        ("", WHOLE),
        ("example.org", WHOLE),
        ("https://", WHOLE),
        ("https:///hook", WHOLE),
        ("https://[::1", WHOLE),
        ("https://example.org:99999/", WHOLE),
        ("https://example.org:0/", WHOLE),
        ("ftp://example.org/", WHOLE),
        ("javascript:alert(1)", WHOLE),
        ("https://exa mple.org/\n", WHOLE),
        ("https://example.org/" + "x" * 500, WHOLE),
        ("http://example.org/", "The address must begin with https://."),
        ("https://example.org:8443/", "Leave out the port 8443. Only port 443 can be called."),
        ("https://ada:x@example.org/", "Leave the name and password out of the address. The signature says who calls."),
        ("https://10.0.0.7/", "10.0.0.7 is not on the public internet."),
        ("https://[::1]/", "::1 is not on the public internet."),
        ("https://localhost/", "localhost is not on the public internet."),
    ],
)  # fmt: skip
def test_what_is_said_of_an_address(text: str, problem: str) -> None:
    assert problem_of(text) == problem


def test_a_local_desk_calls_by_http_and_no_private_address(settings: Any) -> None:
    settings.LOCAL = True
    assert problem_of("http://example.org:8000/") == ""
    assert problem_of("http://127.0.0.1:8000/") == (
        "127.0.0.1 is not on the public internet. Start the desk with WEBHOOKS_ALLOW_PRIVATE=1 to allow it."
    )


def test_a_setting_allows_all_of_it(settings: Any) -> None:
    settings.WEBHOOKS_ALLOW_PRIVATE = True
    assert problem_of("http://127.0.0.1:8000/") == ""
    assert problem_of("http://a:b@127.0.0.1:8000/") != ""


def test_what_is_behind_a_hash_is_left_out() -> None:
    assert str(parsed("https://example.org/hook?x=1#y")) == "https://example.org/hook?x=1"
