"""Where books come from: one file a source, asked one after the other; the next gets what the last did not know.

The setting SOURCES names those that are there, and their order until staff give them another one.

By default Open Library comes first, since it knows more of a book than our fifty lines do. The local catalogue stands
behind it, and nobody waits long for that: a host that can't be reached is let alone by all for some seconds. Once a
dump is loaded the local catalogue comes first, unless SOURCES says otherwise: it knows as much, and asks no network.
"""

from collections.abc import Iterable

from django.conf import settings

from task.books.models import SourceState
from task.books.sources.catalogue import Catalogue
from task.books.sources.dumps.store import is_in_place
from task.books.sources.edition import Answer, Blank, Edition, Name, Source, Unreadable
from task.books.sources.googlebooks import GoogleBooks
from task.books.sources.openlibrary import OpenLibrary
from task.books.sources.sru import CATALOGUES

_ALL: tuple[Source, ...] = (OpenLibrary(), Catalogue(), *CATALOGUES, GoogleBooks())
SOURCES: dict[str, Source] = {source.key: source for source in _ALL}


def in_order() -> list[Source]:
    """Those that look-ups ask now: named in SOURCES, with all that they need, and not paused by staff."""
    states = list(SourceState.objects.all())
    paused = {state.source for state in states if state.paused_at}
    return [source for source in chosen(states) if not source.missing and source.key not in paused]


def chosen(states: Iterable[SourceState] | None = None) -> list[Source]:
    """Those that SOURCES names: in the order of the staff, and behind those the others in its own.

    Without SOURCES what asks no network comes first where that knows enough.
    """
    order = [SOURCES[key] for key in settings.SOURCES]
    if settings.SOURCES_ARE_DEFAULT and is_in_place():
        order.sort(key=lambda source: not source.is_local)
    states = SourceState.objects.all() if states is None else states
    places = {state.source: state.place for state in states if state.place is not None}
    return sorted(order, key=lambda source: places.get(source.key, len(SOURCES) + 1))


def ask_a_network() -> bool:
    """Whether any of them does: else the desk asks nobody, for covers neither."""
    return any(not SOURCES[key].is_local for key in settings.SOURCES)


def called(name: str) -> Source | None:
    """The source that goes by this name in sentences and rows."""
    return next((source for source in SOURCES.values() if source.name == name), None)


__all__ = [
    "SOURCES", "Answer", "Blank", "Edition", "Name", "Source", "Unreadable", "ask_a_network", "called",
    "chosen", "in_order",
]  # fmt: skip
