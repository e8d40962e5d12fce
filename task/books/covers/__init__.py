"""Photographs of covers: fetched by a worker, kept here in two sizes, and shown where a drawn cover stands until then.

`pictures` makes the two sizes, `files` keeps them, `fetching` asks the hosts that covers come from, `tasks` does so for
the books of a look-up and by night, `views` sends them.
"""
