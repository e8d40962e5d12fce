"""Library catalogues behind Open Library, for the tests of several sources."""

from collections.abc import Iterator
from typing import Any

import pytest

from task.books import sources
from task.books.sources.sru import Sru as Catalogue
from tests.services.catalogues import Sru


@pytest.fixture
def k10plus(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sru]:
    """K10plus behind Open Library and the local catalogue."""
    settings.SOURCES = ("openlibrary", "catalogue", "k10plus")
    for key, source in sources.SOURCES.items():
        if isinstance(source, Catalogue):
            monkeypatch.setitem(sources.SOURCES, key, Catalogue(**{**vars(source), "seconds": 0.01}))
    with Sru() as server:
        settings.K10PLUS_URL = server.url
        yield server


@pytest.fixture
def loc(k10plus: Sru, settings: Any) -> Iterator[Sru]:
    """The Library of Congress behind it."""
    settings.SOURCES = (*settings.SOURCES, "loc")
    with Sru() as server:
        settings.LOC_URL = server.url
        yield server
