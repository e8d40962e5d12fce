"""The search of the catalogue.

`search` finds, `index` is called by whatever changes a book. It stands on `task.kit.search`. Read in this order:
`indexing` (what is kept), `matching`, `ranking`, `numbers`, `finding`; `marks` shows where it was found, `tasks`
indexes what was here before.
"""

from task.books.search.finding import MOST, Found, how_many, search
from task.books.search.indexing import index

__all__ = ["MOST", "Found", "how_many", "index", "search"]
