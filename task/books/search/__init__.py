"""The search of the catalogue.

`search` finds, `index` is called by whatever changes a book. Read in this order: `words` (how text is folded), `query`
(what was typed), `indexing` (what is kept), `matching` (with `sqlite` and `postgres`), `ranking`, `numbers`,
`spelling`, `finding`; `marks` shows where it was found, `tasks` indexes what was here before.
"""

from task.books.search.finding import MOST, Found, search
from task.books.search.indexing import index

__all__ = ["MOST", "Found", "index", "search"]
