"""The local catalogue at full size: what a job loads of a dump, again, after a kill, and what it refuses."""

import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from task.books.sources import Edition
from task.books.sources.catalogue import Catalogue
from task.books.sources.dumps import sqlite, store, stores, tasks
from task.books.sources.dumps.tasks import load_catalogue
from task.jobs import cancel, retry
from task.jobs.engine.executor import execute
from task.jobs.models import Job
from task.jobs.testing import Killed, assert_survives, execute_all, take_over
from tests.books.loading import COUNT, bare, content, load, look_up, of_both, of_postgresql, of_sqlite, remove_all, run
from tests.books.loading import dump as dump
from tests.books.loading import folder as folder
from tests.books.loading import small_steps as small_steps
from tests.services import dumps

pytestmark = of_both


# What is loaded


def test_each_edition_answers_with_what_the_dump_says_of_it(dump: list[Path]) -> None:
    job = load(*dump)
    assert (job.state, job.message) == ("succeeded", "200 editions with an ISBN, 147 works and 55 authors loaded.")
    assert (job.done, job.total) == (1, 1), "Megabytes."
    found = Catalogue().look_up([dumps.isbn_of(number) for number in range(COUNT)])
    assert [each.title for each in found.values() if isinstance(each, Edition)] == [
        dumps.title_of(number) for number in range(COUNT)
    ]
    first = found[dumps.isbn_of(20)]
    assert isinstance(first, Edition)
    assert (first.outside_id, first.outside_url) == ("OL20M", "https://openlibrary.org/books/OL20M")
    assert [(each.key, each.name, each.mends) for each in first.authors] == [("/authors/OL6A", dumps.name_of(6), True)]
    assert (first.pages, first.publish_date, first.language) == (110, "1950", "English")
    assert first.cover_url == "https://covers.openlibrary.org/b/id/21-L.jpg"
    assert first.series.endswith("; 20")
    assert first.source == "the local catalogue"


def test_what_an_edition_lacks_comes_from_its_work(dump: list[Path]) -> None:
    load(*dump)
    without = look_up(dumps.isbn_of(1))
    assert [each.key for each in without.authors] == ["/authors/OL1A"]
    assert dumps.work(dumps.work_of(5))["subjects"]
    assert [each.name for each in look_up(dumps.isbn_of(5)).subjects] == dumps.work(dumps.work_of(5))["subjects"]


def test_editions_alone_answer_without_authors(dump: list[Path]) -> None:
    load(dump[0])
    found = look_up(dumps.isbn_of(20))
    assert (found.title, found.authors) == (dumps.title_of(20), [])


def test_an_isbn_of_ten_digits_is_the_same_book(dump: list[Path]) -> None:
    load(*dump)
    assert "isbn_13" not in dumps.edition(3)
    assert look_up(dumps.isbn_of(3)).title == dumps.title_of(3)


def test_one_file_of_all_types_unpacked_is_the_same(folder: Path, dump: list[Path]) -> None:
    load(*dump)
    before = sorted(map(json.dumps, content()))
    lines = [*dumps.editions(COUNT), *(dumps.line(dumps.work(n)) for n in range(1, 148))]
    lines += [dumps.line(dumps.author(n)) for n in range(1, 56)]
    whole = folder / "ol_dump.txt"
    whole.write_text("".join(reversed(lines)))
    assert load(whole).state == "succeeded"
    assert sorted(map(json.dumps, content())) == before


def test_a_newer_dump_replaces_all_of_the_one_before(folder: Path, dump: list[Path]) -> None:
    load(*dump)
    newer = dumps.edition(20, title="Newer")
    load(dumps.packed(folder / "newer.txt.gz", [dumps.line(newer)]))
    assert look_up(dumps.isbn_of(20)).title == "Newer"
    assert look_up(dumps.isbn_of(21)) is None
    if connection.vendor == "sqlite":
        assert [path.name for path in sqlite.path().parent.iterdir()] == ["openlibrary.sqlite3"]


@of_postgresql
def test_backups_know_nothing_of_its_tables(dump: list[Path]) -> None:
    from task.backups.postgres import tables_of

    load(*dump)
    with connection.cursor() as cursor:
        tables = tables_of(cursor)
    assert "books_book" in tables
    assert not {"fact", "block", "isbn"} & tables.keys()


# Killed, cancelled, retried


def test_the_job_survives(folder: Path, small_steps: None, transactional_db: None) -> None:
    files = [str(path) for path in dumps.write(folder, 30)]

    assert assert_survives(load_catalogue, files=files, reset=remove_all) > 10


class Death:
    """A process that is killed before the n-th time that it turns to the store."""

    def __init__(self) -> None:
        self.left = 0

    def patch(self, kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("changing", "put", "move", "piles", "remove_piles", "switch"):
            method = getattr(kind, name)

            def dying(*args: Any, method: Any = method) -> Any:
                self.left -= 1
                if self.left == 0:
                    raise Killed
                return method(*args)

            monkeypatch.setattr(kind, name, dying)


def test_killed_at_any_place_the_store_is_the_same_at_the_end(
    folder: Path, small_steps: None, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    files = dumps.write(folder, 40)
    load(*files)
    expected = sorted(map(json.dumps, content()))
    death, died = Death(), 0
    death.patch(store.chosen().Loading, monkeypatch)
    while True:
        remove_all()
        death.left = died + 1
        job = load_catalogue.delay(files=[str(file) for file in files])
        try:
            execute_all()
        except Killed:
            died += 1
            take_over()
        job.refresh_from_db()
        assert job.message == "40 editions with an ISBN, 30 works and 11 authors loaded.", (died, job.error)
        assert sorted(map(json.dumps, content())) == expected
        if death.left > 0:
            break
    assert died > 15


def test_a_cancelled_load_goes_on_where_it_was(
    dump: list[Path], small_steps: None, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    job = load_catalogue.delay(files=[str(path) for path in dump])
    add, added = stores.Loading.add, []

    def add_and_cancel(self: stores.Loading, batch: Any, facts: Any) -> None:
        add(self, batch, facts)
        added.append(facts["lines"])
        if len(added) == 1:
            person = threading.Thread(target=lambda: (cancel(job), connection.close()))
            person.start()
            person.join()

    monkeypatch.setattr(stores.Loading, "add", add_and_cancel)
    assert run(job).state == "cancelled"
    assert not store.is_in_place()
    before = added[-1]
    assert before < COUNT
    retry(job)
    assert run(job).state == "succeeded"
    assert added[1] > before
    assert [look_up(dumps.isbn_of(number)).title for number in (0, 199)] == [dumps.title_of(0), dumps.title_of(199)]


def test_of_two_loads_the_second_is_refused_while_the_first_is_at_it(dump: list[Path]) -> None:
    first = load_catalogue.delay(files=[str(path) for path in dump])
    tasks.opened_for(str(first.pk), [tasks.Stamp.of(path) for path in dump]).close()
    second = load_catalogue.delay(files=[str(dump[0])])
    Job.objects.filter(pk=first.pk).update(run_after="2099-01-01T00:00:00+00:00")
    execute_all(pauses=True)
    second.refresh_from_db()
    assert (second.state, second.error) == ("failed", tasks.BUSY)


@of_sqlite
def test_a_store_that_a_worker_holds_who_was_taken_for_dead_is_waited_for(
    dump: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LOCK_SECONDS", 0.01)
    job = load_catalogue.delay(files=[str(path) for path in dump])
    other = store.loading()
    with other.changing({"job": str(job.pk), "files": []}):
        execute(job.pk)
    other.close()
    job.refresh_from_db()
    assert (job.state, job.message) == ("queued", "Another worker writes to the catalogue.")
    assert run(job).state == "succeeded"


def test_memory_does_not_grow_with_the_dump(folder: Path, small_steps: None) -> None:
    import tracemalloc

    peaks = []
    for count in (1_000, 10_000):
        load(dumps.packed(folder / "one.txt.gz", [dumps.line(bare(1))]))
        lines = (
            dumps.line({"key": f"/authors/OL{n}A", "type": {"key": "/type/author"}, "name": f"Name {n}"})
            for n in range(count)
        )
        file = dumps.packed(folder / "authors.txt.gz", [*([dumps.line(bare(1))]), *lines])
        tracemalloc.start()
        loaded = load(file)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert loaded.state == "succeeded", loaded.error
    assert peaks[1] < peaks[0] * 1.3 + 500_000


# Files that are none


def test_a_dump_that_is_cut_changes_nothing_and_is_loaded_once_it_is_whole(folder: Path, dump: list[Path]) -> None:
    load(*dump)
    cut = folder / "cut.txt.gz"
    cut.write_bytes(dump[0].read_bytes()[:-2_000])
    job = load(cut)
    assert job.state == "failed"
    assert job.error.startswith("cut.txt.gz ends in the middle after 1")
    assert "The catalogue loaded before is still in use. Download it again, then retry." in job.error
    assert look_up(dumps.isbn_of(20)).authors
    cut.write_bytes(dump[0].read_bytes())
    retry(job)
    assert run(job).state == "succeeded"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"not a dump\n" * 300, "is not an Open Library dump"),
        (b"\x00\xff\xfe\n\n\n", "is not an Open Library dump"),
        (b"\x1f\x8b\x08 and no more", "is damaged"),
        (b"{" * 20_000_000, "is not an Open Library dump"),
        (dumps.line(bare(1)).encode() * 2 + b"/type/edi", "ends in the middle after 2 lines"),
        (dumps.line(bare(1)).encode()[:-20], "is not an Open Library dump"),
        (dumps.line(dumps.author(1)).encode(), "no edition with an ISBN"),
    ],
)  # fmt: skip
def test_what_is_no_dump_is_a_sentence(folder: Path, content: bytes, words: str) -> None:
    file = folder / "other.txt"
    file.write_bytes(content)
    job = load(file)
    assert (job.state, words in job.error) == ("failed", True), job.error
    assert not store.is_in_place()


@of_sqlite
def test_a_full_disk_is_a_sentence_and_the_load_goes_on_after_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dump = dumps.write(folder, 1_000)
    with monkeypatch.context() as patched:
        patched.setattr(sqlite, "FREE", 10**18)
        job = load(*dump)
    assert (job.state, job.error) == ("failed", stores.FULL)
    connect = sqlite3.connect

    def small(*args: Any, **more: Any) -> sqlite3.Connection:
        connection = connect(*args, **more)
        connection.execute("PRAGMA page_size = 16384")
        connection.execute("PRAGMA max_page_count = 6")
        return connection

    with monkeypatch.context() as patched:
        patched.setattr(sqlite.sqlite3, "connect", small)
        retry(job)
        assert (run(job).state, job.error) == ("failed", stores.FULL)
    retry(job)
    assert run(job).message.startswith("1,000 editions")


# The command and the pages


def test_the_command_starts_the_job_and_says_where_to_follow_it(dump: list[Path], capsys: Any) -> None:
    call_command("load_catalogue", *map(str, dump))
    job = Job.objects.get()
    assert f"/jobs/{job.pk}/" in capsys.readouterr().out
    assert job.title == "Load the catalogue: ol_dump_editions_2026-10-31.txt.gz and 2 more"
    with pytest.raises(CommandError, match="Another job loads the catalogue"):
        call_command("load_catalogue", str(dump[0]))


def test_the_command_refuses_what_is_no_dump_at_once(folder: Path) -> None:
    (folder / "notes.txt").write_text("Dear reader\n")
    for name, words in {
        "notes.txt": "is not an Open Library",
        "gone.txt.gz": "No such file",
        "": "Is a directory",
    }.items():
        with pytest.raises(CommandError, match=words):
            call_command("load_catalogue", str(folder / name))
    assert not Job.objects.exists()
