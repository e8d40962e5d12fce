"""The ways on from a list in which nothing was found, each with what it gives. All look-ups are those of lists."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.text import get_text_list

from task.books.facets.choices import LABELS, Chosen
from task.books.facets.listing import Listing
from task.books.facets.panel import ALL_FILTERS, Panel, address
from task.books.models import Book
from task.books.search import how_many
from task.face.palette import searches

WORDS = 6  # of a search, of which one after the other is left out
SHOWN = 2  # searches with fewer words
LONGEST = 100  # letters of a title that a form begins with


@dataclass(frozen=True)
class Way:
    words: str
    url: str


@dataclass
class Hidden:
    """The filter that hides most, without which there are books: `count` in words, and one of them."""

    label: str
    url: str
    count: str
    book: Book | None


@dataclass
class Ways:
    filters: str = ""  # in words, those that are chosen
    hidden: Hidden | None = None
    fewer: list[Way] = field(default_factory=list)
    words: int = 0
    elsewhere: list[Way] = field(default_factory=list)
    scan_url: str = ""
    new_url: str = ""


def ways_on(request: HttpRequest, listing: Listing, panel: Panel, text: str) -> Ways:
    params = request.GET
    found = Ways(filters=get_text_list([row.label for row in panel.chips], "and"))
    if listing.chosen.values:
        found.hidden = hides_most(listing, panel, params)
    if text and not listing.found:
        words = list(dict.fromkeys(text.split()))
        found.words = len(words)
        found.fewer = with_fewer(words, params) if 1 < len(words) <= WORDS else []
    if text:
        query = QueryDict(mutable=True)
        query["title"] = text[:LONGEST]
        found.new_url = f"{reverse('book_new')}?{query.urlencode()}"
        found.elsewhere = elsewhere(request, text)
    found.scan_url = reverse("books_scan")
    return found


def hides_most(listing: Listing, panel: Panel, params: QueryDict) -> Hidden | None:
    best: tuple[int, Hidden] | None = None
    for name in listing.chosen.values:
        without = listing.with_only(listing.chosen.without(name))
        count, _ = without.count
        if count and (best is None or count > best[0]):
            rows = [row.label for row in panel.chips if row.name == name]
            label = f"the filter “{rows[0]}”" if len(rows) == 1 else f"the filters of {LABELS[name]}"
            keys = (without.books or [])[:1]
            book = Book.objects.for_list().filter(pk__in=keys).first()
            best = count, Hidden(label, address(params, clear=[name]), without.count_in_words(), book)
    if best is None and listing.found:
        whole = listing.with_only(Chosen())
        return Hidden("all filters", address(params, clear=ALL_FILTERS), whole.count_in_words(), None)
    return best[1] if best else None


def with_fewer(words: list[str], params: QueryDict) -> list[Way]:
    """The searches that find the fewest, and so say the most: one word left out, else each alone."""
    rests = [words[:place] + words[place + 1 :] for place in range(len(words))]
    for tries in (rests, [[word] for word in words] if len(words) > 2 else []):
        found = []
        for some in tries:
            text = " ".join(some)
            count, more = how_many(text)
            if count:
                found.append((count, more, text))
        if found:
            return [
                Way(
                    f"“{text}”, {'more than ' if more else ''}{count:,} book{'' if count == 1 else 's'}",
                    address(params, {"q": text}, clear=ALL_FILTERS),
                )
                for count, more, text in sorted(found)[:SHOWN]
            ]
    return []


def elsewhere(request: HttpRequest, text: str) -> list[Way]:
    """What the other lists find of the same words: those that this reader may see."""
    ways = []
    for each in searches():
        if each.key == "books":
            continue
        found: Any = each.find(request, text)
        if (found.rows or found.offers) and each.page:
            query = QueryDict(mutable=True)
            query["q"] = text
            ways.append(Way(f"{each.words}, {found.count or 1}", f"{reverse(each.page)}?{query.urlencode()}"))
    return ways
