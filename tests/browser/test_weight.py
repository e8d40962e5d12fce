"""What a first visit costs: everything that a page links, compressed; from here alone, and nothing that waits."""

import gzip
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.browser import pages

LIMIT = 150_000
LINKED = re.compile(r"<(link|script|img|source|iframe)\b([^>]*)>")
ADDRESS = re.compile(r'\b(?:href|src)="([^"]*)"')


def linked(page: str) -> list[tuple[str, str, str]]:
    """(tag, its attributes, its address) of all that a page makes the browser ask for."""
    return [(tag, rest, address[0]) for tag, rest in LINKED.findall(page) if (address := ADDRESS.findall(rest))]


def weight(client: Client, path: str) -> int:
    if not path.startswith("/static/"):
        return len(gzip.compress(client.get(path).content, 9))  # a page within the page
    content = Path(str(finders.find(path.removeprefix("/static/")))).read_bytes()
    return len(content) if path.endswith(".woff2") else len(gzip.compress(content, 9))


@pytest.mark.django_db
def test_a_first_visit_stays_light(client: Client, people: dict[str, Any]) -> None:
    entries = [entry for entry in pages.filled(people["member"], people["staff"]) if entry.name != "style"]
    for reader in ("member", "staff"):
        client.force_login(people[reader])
        for entry in entries:
            if entry.reader != reader or entry.fill:
                continue
            page = client.get(entry.path).content.decode()
            wanted = linked(page)
            addresses = {address for _, _, address in wanted}
            assert not [each for each in addresses if urlsplit(each).netloc], entry.name
            assert len([rest for _, rest, _ in wanted if "stylesheet" in rest]) == 2, entry.name
            assert not [rest for tag, rest, _ in wanted if tag == "script" and " defer" not in rest], entry.name
            transferred = len(gzip.compress(page.encode())) + sum(weight(client, address) for address in addresses)
            assert transferred < LIMIT, f"{entry.name}: {transferred:,} bytes"


def test_links_are_noticed() -> None:
    page = '<link rel="stylesheet" href="/a.css"><script src="https://x.org/b.js"></script><a href="/c">C</a>'
    assert [address for _, _, address in linked(page)] == ["/a.css", "https://x.org/b.js"]
