"""Search by words, on every database: what is the same for books, orders, people and jobs.

Read in this order: `words` (how text is folded), `query` (what was typed), `numbers` (parts of an ISBN), `matching`
(with `sqlite` and `postgres`), `spelling`, `hits` and `marks` (where something was found). `finding` searches what is
sorted otherwise: orders, people and jobs; `upkeep` is what a job does for their indexes.
"""
