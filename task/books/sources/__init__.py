"""Where books come from: one file a source, asked in this order; the next gets what the last did not know.

Open Library comes first, since it knows more of a book than our fifty lines do. The local catalogue stands
behind it, and nobody waits long for that: a host that can't be reached is let alone by all for some seconds.
"""

from task.books.sources.catalogue import Catalogue
from task.books.sources.edition import Answer, Blank, Edition, Name, Source, Unreadable
from task.books.sources.openlibrary import OpenLibrary

SOURCES: list[Source] = [OpenLibrary(), Catalogue()]

__all__ = ["SOURCES", "Answer", "Blank", "Edition", "Name", "Source", "Unreadable"]
