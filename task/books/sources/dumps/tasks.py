"""Open Library's dumps become the local catalogue: read in steps of a second, arranged, switched."""

import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.utils import timezone

from task.books.sources.dumps.batch import Batch
from task.books.sources.dumps.lines import AGAIN, Cut, Reader, Stamp, refuse_other_files
from task.books.sources.dumps.records import AUTHOR, EDITION, WORK, Broken, Line, Moved, read
from task.books.sources.dumps.store import facts_in_place, remember_loaded
from task.books.sources.dumps.store import loading as new_loading
from task.books.sources.dumps.stores import STAYS, Facts, Loading, Overtaken
from task.jobs import Fail, RetryLater, Run, State, job
from task.jobs.models import Job

KIND = "books.load_catalogue"
STEP_SECONDS, STEP_RECORDS = 1.0, 50_000
LOOKED = 200  # lines between two looks at the clock
NUMBERS = (  # of a store: where it is, the newest day in it, and what it has
    "file", "at", "blocks", "steps", "day", "editions", "isbns", "works", "authors", "moved", "lines", "broken",
)  # fmt: skip
COUNTED = {EDITION: "editions", WORK: "works", AUTHOR: "authors"}
BUSY = "Another job loads the catalogue. Cancel that one first, or wait for its end."

# The files that this process reads, for its next turn: to skip what was read takes long where it is compressed.
_readers: dict[Stamp, Reader] = {}


def title_of(files: Sequence[str]) -> str:
    names = [Path(file).name for file in files]
    rest = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"Load the catalogue: {names[0] if names else 'no file'}"[:280] + rest


@job(KIND, title=title_of, label="Load the local catalogue", unit="MB", ending="Putting the catalogue in order.")
def load_catalogue(run: Run, files: list[str]) -> None:
    """How far it is stands in the store, with what was read: the job's own progress only shows it, in megabytes."""
    own = str(run.job.pk)
    in_place = facts_in_place()
    if in_place and in_place["job"] == own:
        end(run, in_place)
        return
    stamps = [Stamp.of(file) for file in files]
    if not stamps:
        raise Fail("No file was named.")
    loading = opened_for(own, stamps)
    try:
        for read_so_far in run.until_done(pieces(run, loading, stamps), total=megabytes(whole(stamps))):
            with run.step(done=max(megabytes(read_so_far) - run.job.done, 0)):
                pass
        if not loading.facts["editions"]:
            raise Fail(f"There is no edition with an ISBN in these files. {STAYS}")
        loading.switch(run.check_lease)
    except Overtaken:
        run.check_lease()
        raise RetryLater("Another worker is loading it.", after=5) from None
    finally:
        loading.close()
    forget()
    end(run, loading.facts)


def end(run: Run, facts: Facts) -> None:
    with run.finish(outcome(facts)):
        remember_loaded()


@load_catalogue.ended
def close_files(job: Job) -> None:
    forget()


def opened_for(own: str, stamps: Sequence[Stamp]) -> Loading:
    """The store that this job loads: where it stopped, or anew where its files are others by now."""
    loading, files = new_loading(), [list(stamp) for stamp in stamps]
    try:
        other = loading.facts.get("job")
        if other not in (None, own) and is_at_work(other):
            raise Fail(BUSY)
        if other is not None and (other, loading.facts["files"]) != (own, files):
            loading.discard()
            loading = new_loading()
        if not loading.facts:
            for stamp in stamps:
                refuse_other_files(stamp)
            loading.begin({"job": own, "files": files, "loaded": "", **dict.fromkeys(NUMBERS, 0)})
    except BaseException:
        loading.close()
        raise
    return loading


def is_at_work(job: str) -> bool:
    return Job.objects.filter(pk=job, state__in=(State.QUEUED, State.RUNNING)).exists()


def pieces(run: Run, loading: Loading, stamps: Sequence[Stamp]) -> Iterator[int]:
    """Committed piece by piece: how many bytes of the files are read."""
    while (number := loading.facts["file"]) < len(stamps):
        before = whole(stamps[:number])
        reader = reader_of(stamps[number], loading.facts["at"])
        while reader.position < loading.facts["at"]:
            skip(reader, loading.facts["at"])
            yield before  # so that others get their turn, and a stop waits for nothing
        batch, facts = read_some(reader, loading.facts)
        run.check_lease()
        loading.add(batch, facts)
        yield before + reader.done
    while loading.arrange({**loading.facts, "steps": loading.facts["steps"] + 1, "loaded": timezone.now().isoformat()}):
        yield whole(stamps)


def whole(stamps: Sequence[Stamp]) -> int:
    return sum(stamp.size for stamp in stamps)


def megabytes(count: int) -> int:
    return -(-count // 1_000_000)


def reader_of(stamp: Stamp, at: int) -> Reader:
    reader = _readers.get(stamp)
    if reader is None or reader.position > at:
        forget()
        reader = _readers[stamp] = Reader(stamp)
    return reader


def forget() -> None:
    for reader in _readers.values():
        reader.close()
    _readers.clear()


def skip(reader: Reader, to: int) -> None:
    try:
        reader.skip(to)
    except Cut:
        raise cut(reader, 0) from None


def cut(reader: Reader, lines: int) -> Fail:
    after = f" after {lines:,} lines" if lines else ""
    return Fail(f"{reader.name} ends in the middle{after}: not all of it is there. {STAYS} {AGAIN}")


def read_some(reader: Reader, before: Facts) -> tuple[Batch, Facts]:
    """A second of lines, and the facts behind them."""
    facts, batch = dict(before), Batch(before["blocks"])
    until = time.monotonic() + STEP_SECONDS
    facts["steps"] += 1
    try:
        while len(batch) < STEP_RECORDS and time.monotonic() < until:
            for _ in range(LOOKED):
                line = reader.line()
                if line is None:
                    reader.close()
                    _readers.pop(reader.stamp, None)
                    facts |= {"file": before["file"] + 1, "at": 0, "blocks": batch.next_block}
                    return batch, facts
                facts["lines"] += 1
                keep(line, batch, facts)
    except Cut:
        forget()
        raise cut(reader, facts["lines"]) from None
    facts |= {"at": reader.position, "blocks": batch.next_block}
    return batch, facts


def keep(line: bytes, batch: Batch, facts: dict[str, Any]) -> None:
    try:
        found = read(line)
    except Broken:
        facts["broken"] += 1
        return
    if isinstance(found, Line):
        batch.add(found)
        facts[COUNTED[found.kind]] += 1
        if found.record[2] <= date.today().toordinal():
            facts["day"] = max(facts["day"], found.record[2])
        if found.kind == EDITION:
            facts["isbns"] += len(found.keys)
    elif isinstance(found, Moved):
        batch.move(found)
        facts["moved"] += 1


def outcome(facts: Facts) -> str:
    words = [f"{counted(facts[name], name)}" for name in ("editions", "works", "authors")]
    broken = f" {counted(facts['broken'], 'lines')} could not be read." if facts["broken"] else ""
    return f"{words[0]} with an ISBN, {words[1]} and {words[2]} loaded.{broken}"


def counted(count: int, name: str) -> str:
    return f"{count:,} {name[:-1] if count == 1 else name}"
