"""`manage.py restore`: what comes back, what does not run again, and what is refused."""

import fcntl
import json
import os
import re
import shutil
import sqlite3
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from task.accounts.tasks import generate_random_users
from task.backups import archive, databases, restore_media, restoring
from task.backups.models import Backup, folder
from task.backups.packing import Writer
from task.backups.tasks import RESTORED, back_up
from task.books.models import Author, Book
from task.books.tasks import look_up_books
from task.jobs.engine.executor import execute
from task.jobs.models import Job, Worker
from tests.backups.conftest import made
from tests.backups.place import of_this_vendor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place(tmp_path):
    place = of_this_vendor(tmp_path)
    yield place
    place.close()


def test_all_comes_back_and_nothing_old_runs_again(sam, staff, place, tmp_path):
    isbn = "9780441478125"
    look_up_books.apply_async(
        kwargs={"count": 1, "isbn": isbn}, owner=sam, rows=lambda job: Book.objects.create(isbn=isbn, job=job)
    )
    generate_random_users.apply_async(kwargs={"total": 50}, owner=sam)
    back_up.delay()  # one of a schedule, which waits
    crontab = CrontabSchedule.objects.create(minute="0")
    long_ago, a_day_ago = (timezone.now() - timedelta(days=days) for days in (9, 1))
    PeriodicTask.objects.create(name="Hourly", task="backups.back_up", crontab=crontab, last_run_at=long_ago)
    own = back_up.apply_async(owner=sam)
    execute(own.pk)
    row = Backup.objects.get(job_id=own.pk)
    assert row.state == "good", row.reason
    path = shutil.copy(row.path, tmp_path / "elsewhere.tar.gz")

    done = place.restore(path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"3 unfinished jobs are failed now: {RESTORED}" in done.stdout
    assert place.ask("SELECT email FROM accounts_user") == [("sam@example.org",)]
    assert (place.var_dir / "media/reports/7/report.csv").read_bytes() == b"name\r\nDjango\r\n"
    jobs = place.ask("SELECT kind, state, error, lease_until FROM jobs_job ORDER BY kind, state")
    assert jobs == [
        ("accounts.generate", "failed", RESTORED, None),
        ("backups.back_up", "failed", RESTORED, None),
        ("backups.back_up", "succeeded", "", None),
        ("books.look_up", "failed", RESTORED, None),
    ]
    assert place.ask("SELECT state FROM books_book") == [("failed",)]
    backups = place.ask("SELECT state, sha256, rows, reason FROM backups_backup ORDER BY state DESC")
    assert backups == [("good", row.sha256, row.rows, ""), ("failed", "", None, RESTORED)]
    assert place.ask("SELECT count(*) FROM django_session") == [(0,)]
    old = f"SELECT count(*) FROM django_celery_beat_periodictask WHERE last_run_at < '{a_day_ago}'"
    assert place.ask(old) == [(0,)]  # and so none runs at once for all the time since
    assert [path.name for path in place.var_dir.iterdir() if "restore" in path.name] == []

    switched_on = "SELECT count(*) FROM django_celery_beat_periodictask WHERE last_run_at > date_changed"
    assert place.ask(switched_on) == [(0,)]  # and so no schedule is shown as if it had just run

    again = place.restore(path)
    assert (again.returncode, again.stdout.count("\n")) == (1, 1)
    assert "is not empty (" in again.stderr
    assert "To overwrite it, add --force." in again.stderr
    forced = place.restore(path, "--force")
    assert (forced.returncode, forced.stderr) == (0, "")


def test_numbers_of_then_are_given_to_nobody_else(sam, place):
    """Order 2026-00002 stands in somebody's email, and the backup knows nothing of it."""
    author = Author.objects.create(key="a", name="George Orwell")
    path = made().path
    done = place.restore(path)
    assert (done.returncode, done.stderr) == (0, "")
    names, values = "key, name, name_key, outside_url", "'b', '', '', ''"
    ((known,),) = place.ask(f"INSERT INTO books_author ({names}, filing_key) VALUES ({values}, '') RETURNING id")
    ((empty,),) = place.ask(f"INSERT INTO books_subject ({names}) VALUES ({values}) RETURNING id")
    assert known > author.pk + 1000
    assert empty > 1000


def test_a_desk_that_was_started_and_never_used_is_an_empty_place(sam, place):
    path = made().path
    started = place.manage("migrate", "--verbosity=0", LOCAL="1")
    assert started.returncode == 0, started.stderr
    done = place.restore(path)
    assert (done.returncode, done.stderr) == (0, "")
    assert place.ask("SELECT count(*) FROM accounts_user") == [(1,)]


def test_newer_backups_in_the_folder_are_known_to_the_older_desk(sam, place, settings):
    settings.BACKUP_DIR = place.var_dir / "backups"
    jobs = [back_up.delay(), back_up.delay()]
    for job in jobs:
        execute(job.pk)  # and not the retention, which would keep one of an hour
    old, new = (Backup.objects.get(job_id=job.pk) for job in jobs)
    (folder() / new.name.replace("desk-", "desk-x")).touch()
    done = place.restore(old.path)
    assert "1 backup in" in done.stdout, done.stderr
    listed = place.ask("SELECT name, state, sha256 FROM backups_backup ORDER BY id")
    assert listed == [(old.name, "good", old.sha256), (new.name, "good", new.sha256)]


def test_what_an_interrupted_restore_left_is_cleared_away(sam, place):
    path = made().path
    media = place.var_dir / "media"
    (media / ".restore-77/new").mkdir(parents=True)
    (media / "reports").mkdir()
    for left in (media / ".restore-77/new/x", media / "reports/.restore-5", place.var_dir / ".restore-77"):
        left.write_text("a part")
    done = place.restore(path)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(place.var_dir.rglob(".restore-*")) == []
    assert tree_of(media) == {"empty": b"", "reports/7/report.csv": b"name\r\nDjango\r\n"}


def tree_of(root) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_media_are_those_of_the_backup_and_no_others(sam, place):
    """A report of then comes back with its number, which another one had since."""
    path = made().path
    backups = place.var_dir / "media/own/backups"
    for newer in ("reports/8/newer.csv", "reports/7/other.csv", "top", "own/notes"):
        (place.var_dir / "media" / newer).parent.mkdir(parents=True, exist_ok=True)
        (place.var_dir / "media" / newer).write_text("newer")
    backups.mkdir()
    (backups / "kept").write_text("a backup")
    refused = place.restore(path, BACKUP_DIR=str(backups))
    assert f"MEDIA_ROOT ({place.var_dir}/media) is not empty (" in refused.stderr
    assert "newer" in (place.var_dir / "media/top").read_text()
    done = place.restore(path, "--force", BACKUP_DIR=str(backups))
    assert (done.returncode, done.stderr) == (0, "")
    here = tree_of(place.var_dir / "media")
    assert here == {"empty": b"", "reports/7/report.csv": b"name\r\nDjango\r\n", "own/backups/kept": b"a backup"}


@pytest.mark.sqlite
def test_a_database_in_use_is_refused_before_anything_is_changed(sam, place):
    path = made().path
    assert place.restore(path).returncode == 0
    (place.var_dir / "media/newer").write_text("newer")
    before = tree_of(place.var_dir / "media")
    base = sqlite3.connect(place.sqlite)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("SELECT count(*) FROM accounts_user").fetchone()
    try:
        refused = place.restore(path, "--force")
    finally:
        base.close()
    assert (refused.returncode, "is in use. Stop what uses it first." in refused.stderr) == (1, True)
    assert tree_of(place.var_dir / "media") == before


class Killed(BaseException):
    pass


@pytest.mark.parametrize("kills", [1, 2])
def test_killed_at_each_rename_what_stood_there_can_be_brought_back(settings, tmp_path, monkeypatch, kills):
    settings.MEDIA_ROOT, settings.BACKUP_DIR = tmp_path / "root", tmp_path / "root/own/backups"
    old = {"a/1": b"old", "b/2": b"old", "c": b"old", "own/d": b"old", "own/backups/e": b"a backup"}
    new = {"a/1": b"new", "b/3": b"new", "f": b"new", "own/d": b"new"}
    rename, counts = os.rename, []

    def stop(at):
        counts.append(0)

        def renamed(*names):
            counts[-1] += 1
            if counts[-1] == at:
                raise Killed
            rename(*names)

        monkeypatch.setattr(restore_media.os, "rename", renamed)

    def put(root, files):
        for name, data in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)

    def laid_out():
        shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
        put(settings.MEDIA_ROOT, old)
        tree = restore_media.MediaTree(".restore-7")
        put(tree.new, new)
        (tmp_path / ".restore-7").touch()  # the database has not taken its place
        return tree

    stop(0)
    laid_out().put_in_place()
    most = counts[-1]
    assert most > 6
    for at in range(1, most + 1):
        for again in range(1, most + 1) if kills == 2 else [0]:
            tree = laid_out()
            stop(at)
            with pytest.raises(Killed):
                tree.put_in_place()
            stop(again)
            with suppress(Killed):
                restore_media.remove_interrupted(tmp_path)
            stop(0)
            restore_media.remove_interrupted(tmp_path)
            assert tree_of(settings.MEDIA_ROOT) == old, (at, again)


def test_a_restore_that_fails_at_its_database_leaves_the_media_as_they_were(settings, tmp_path, monkeypatch, sam):
    path = made().path
    settings.VAR_DIR, room = tmp_path / "var", databases.backend()
    (settings.MEDIA_ROOT / "newer").write_text("newer")
    before = tree_of(settings.MEDIA_ROOT)
    monkeypatch.setattr(room, "work_folder", lambda: tmp_path)

    def fail(work, settle, put_in_place):
        put_in_place()
        assert not (settings.MEDIA_ROOT / "newer").exists()
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(room, "restore", fail)
    with pytest.raises(restoring.RestoreError):
        restoring.restore(path, force=True, say=lambda words: None)
    assert tree_of(settings.MEDIA_ROOT) == before


@pytest.mark.sqlite
def test_a_log_beside_the_old_database_is_not_read_into_the_new_one(sam, place):
    path = made().path
    place.var_dir.mkdir(parents=True)
    place.sqlite.write_bytes(b"not a database, but something")
    for end in ("-wal", "-shm", "-journal"):
        (place.var_dir / f"desk.sqlite3{end}").write_bytes(b"of the old one")
    refused = place.restore(path)
    assert refused.returncode == 1
    assert "can't be used: file is not a database" in refused.stderr
    assert place.restore(path, "--force").returncode == 0
    assert [file.name for file in place.var_dir.glob("desk.sqlite3*")] == ["desk.sqlite3"]
    assert place.ask("PRAGMA integrity_check") == [("ok",)]


# What is refused, with one sentence and before anything is changed


@pytest.fixture
def here(settings, tmp_path, monkeypatch):
    """A restore in this process that must not come to the point of changing anything."""
    settings.VAR_DIR = tmp_path / "var"
    monkeypatch.setattr(restoring, "unpack", lambda *_: pytest.fail("It was not refused."))

    def refusal(path, force=True) -> str:
        with pytest.raises(restoring.RestoreError) as reason:
            restoring.restore(path, force=force, say=lambda words: None)
        return str(reason.value)

    return refusal


def repacked(source, target, *, head=None, members=(), **facts):
    """A backup whose checksums are right and which says other things."""
    contents = archive.read(source)
    work = target.with_suffix(".work")
    kept = {name: contents.manifest[name] for name in ("made", "vendor", "job")}

    def take(member, stream):
        if not member.name.startswith("media/"):
            work.write_bytes(stream.read())

    archive.read(source, take)
    with Writer(target, {**kept, **(head or {})}, lambda: None) as writer:
        writer.add_database(databases.backend().MEMBER, work)
        for name, data, kind in members:
            about = archive.tarfile.TarInfo(name)
            about.size, about.type, about.linkname = len(data), kind, "/etc/passwd" if kind != b"0" else ""
            writer.tar.addfile(about, archive.io.BytesIO(data))
        writer.close({name: contents.manifest[name] for name in ("rows", "migrations", "server")} | facts)
    return target


def test_what_is_no_backup(here, tmp_path):
    file = tmp_path / "file"
    assert here(file) == f"{file}: No such file or directory."
    assert here(tmp_path) == f"{tmp_path}: Is a directory."
    for data in (b"", b"x" * 1000, archive.gzip.compress(b"x" * 100_000), b"\x1f\x8b\x08" + b"\0" * 600):
        file.write_bytes(data)
        assert here(file) == f"{file} is not a backup of the desk."


def test_one_that_was_cut_or_changed(here, tmp_path):
    whole = made().path.read_bytes()
    file = tmp_path / "cut.tar.gz"
    for length in (len(whole) - 1, len(whole) - 9, len(whole) // 2):
        file.write_bytes(whole[:length])
        assert "It was cut off or changed" in here(file)
    for length in range(len(whole) - 8, len(whole)):  # the archive's own checksum
        changed = bytearray(whole)
        changed[length] ^= 16
        file.write_bytes(changed)
        assert "It was cut off or changed" in here(file)


def test_a_bit_that_turned_is_found_or_means_the_same(folders, tmp_path):
    """A run of zeros can be packed in many ways: a turned bit may make one of them another, and nothing is lost.

    How many zeros a database holds depends on its past, so most of the file is made of what can't be packed.
    """
    (folders / "media/picture").write_bytes(os.urandom(300_000))
    row, file = made(), tmp_path / "turned.tar.gz"
    whole, found = row.path.read_bytes(), 0
    good = all_of(row.path)
    for place in range(20, len(whole), len(whole) // 100):
        changed = bytearray(whole)
        changed[place] ^= 16
        file.write_bytes(changed)
        try:
            assert all_of(file) == good
        except (archive.Damaged, archive.NotABackup, archive.TooNew):
            found += 1
    assert found > 75


def all_of(path) -> list[tuple[str, bytes]]:
    taken: list[tuple[str, bytes]] = []
    contents = archive.read(path, lambda member, stream: taken.append((member.name, stream.read())))
    return [*taken, ("", repr(contents.manifest).encode())]


def test_one_of_a_newer_version(here, tmp_path):
    path = made().path
    assert "newer version" in here(repacked(path, tmp_path / "a", head={"format": 2}))
    migrations = archive.read(path).manifest["migrations"]
    migrations["books"].append("0099_shelves_on_mars")
    words = here(repacked(path, tmp_path / "b", migrations=migrations))
    assert (
        words
        == "The backup was made by a newer version of the desk: this one does not know books 0099_shelves_on_mars."
    )


def test_one_of_another_database(here, tmp_path):
    other = "postgresql" if connection.vendor == "sqlite" else "sqlite"
    assert "Name a database of the same kind." in here(repacked(made().path, tmp_path / "a", head={"vendor": other}))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, b"0") for name in ("../out", "/tmp/out", "media/../../out", "media/", "media//x", "other")),
        *((f"media/{kind}", kind.encode()) for kind in "12356"),  # links, devices, folders, pipes
    ],
)
def test_one_that_would_write_elsewhere_or_no_file(here, tmp_path, name, kind):
    data = b"x" if kind == b"0" else b""
    words = here(repacked(made().path, tmp_path / "a", members=[(name, data, kind)]))
    assert "It was changed: it contains something that no backup contains." in words


@pytest.mark.parametrize("kind", [b"x", b"g", b"X", b"L", b"K", b"S"])
def test_one_whose_headers_would_fill_the_memory(here, tmp_path, kind):
    data = b"0" * 1_000_000 if kind != b"S" else b""
    words = here(repacked(made().path, tmp_path / "a", members=[("media/x", data, kind)]))
    assert "It was cut off or changed: it can't be read to its end." in words


def test_one_that_says_too_little(here, tmp_path):
    for wrong in (
        {"rows": None},
        {"rows": {"a": "b"}},
        {"migrations": 3},
        {"head": {"job": "x"}},
        {"head": {"made": 3}},
    ):
        assert "It was cut off or changed" in here(repacked(made().path, tmp_path / "a", **wrong))


def test_beside_a_desk_that_runs(here, tmp_path, settings):
    path = made().path
    settings.VAR_DIR.mkdir()
    with open(settings.VAR_DIR / "up.lock", "w") as lock:
        lock.write("process 7, http://localhost:8000/")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "The desk runs on" in here(path)
    Worker.objects.create(name="desk-2:4180")
    assert here(path) == "A worker is using this database (desk-2:4180). Stop all workers first."


def test_a_place_without_room_or_with_something_in_it(here, monkeypatch, sam):
    path = made().path
    assert re.search(r"is not empty \(accounts_\w+ has rows\)", here(path, force=False))
    little = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(restoring.shutil, "disk_usage", lambda _: little)
    assert "has 0 MB free, and the backup needs" in here(path)


def test_a_refusal_is_one_line_and_no_traceback(place, tmp_path):
    (tmp_path / "x").write_text(json.dumps({}))
    done = place.restore(tmp_path / "x")
    assert (done.returncode, done.stderr) == (1, f"{tmp_path}/x is not a backup of the desk.\n")
    assert not place.sqlite.exists()
    assert os.listdir(place.var_dir) != []


def test_hooks_that_fail_or_never_end_keep_no_job_alive(monkeypatch, sam):
    from task.backups import after_restore

    def hook(job: Job) -> None:
        if job.owner_id:
            raise ValueError("A hook that is wrong.")
        look_up_books.delay(count=1)

    monkeypatch.setattr(look_up_books.kind, "on_end", [hook])
    look_up_books.apply_async(kwargs={"count": 1}, owner=sam)
    look_up_books.delay(count=1)
    after_restore.end_unfinished()
    assert set(Job.objects.values_list("state", "error")) == {("failed", RESTORED)}
