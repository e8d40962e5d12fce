"""Open Library's dumps as the local catalogue: how fast they load, in what memory and room, and what a look-up costs.

EDITIONS says how many the large one has.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import engine as jobs
from benchmarks.desk import Bench, fresh_pool, median_of, peak_mb, pool
from task.books.sources.catalogue import Catalogue
from task.books.sources.dumps.store import facts_in_place
from task.books.sources.dumps.tasks import load_catalogue
from tests.services import dumps

SMALL, LARGE, LONG = 1_000, 50_000, 1_000_000
LOOK_UPS = 100
HOURS = 12 * 3600.0


def dump(desk: Bench, long: bool) -> Iterator[tuple[str, str]]:
    large = int(os.environ.get("EDITIONS", LONG if long else LARGE))
    for count in (SMALL, large):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            files = dumps.write(Path(folder), count)
            yield f"made a dump of {count:,} editions", f"{time.perf_counter() - began:.0f} s"
            fresh_pool(desk)
            began = time.perf_counter()
            job = load_catalogue.delay(files=[str(file) for file in files])
            jobs.until_ended(job.pk, HOURS, every=0.05)
            seconds = time.perf_counter() - began
        facts = facts_in_place()
        assert facts is not None
        assert facts["editions"] == count
        yield (
            f"loading {count:,} editions, {facts['works']:,} works and {facts['authors']:,} authors",
            f"{seconds:.1f} s ({facts['lines'] / seconds:,.0f} lines a second), "
            f"peak {max(peak_mb(pid) for pid in pool(desk)):.0f} MB, "
            f"{facts['size'] / 1e6:,.1f} MB on disk ({facts['size'] / count:.0f} bytes an edition)",
        )
        look_up = look_ups(count)
        yield (
            f"a look-up among {count:,} editions, median of {LOOK_UPS}",
            f"{median_of(LOOK_UPS, look_up) * 1000:.2f} ms",
        )


def look_ups(count: int) -> Callable[[], None]:
    """Of another edition each time, from all over the dump."""
    source = Catalogue()
    isbns = (dumps.isbn_of(place * 7_919 % count) for place in range(LOOK_UPS + 1))

    def look_up() -> None:
        isbn = next(isbns)
        assert source.look_up([isbn])[isbn] is not None, isbn

    return look_up
