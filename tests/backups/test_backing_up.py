"""A backup is one file with everything, good only when it was read back; whatever goes wrong is one sentence."""

import gzip
import hashlib
import json
import os
import re
import sqlite3
import subprocess
import tarfile
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection

from task.accounts.models import User
from task.backups import create, databases, packing, tasks
from task.backups.models import Backup, folder, folders_left_out, name_of, tables_left_out
from task.backups.tasks import back_up
from task.jobs.engine import lease, transitions
from task.jobs.engine.clock import Now
from task.jobs.engine.errors import Fail, LeaseLost
from task.jobs.engine.executor import execute
from task.jobs.engine.guards import allow_writes
from task.jobs.engine.run import Run
from task.jobs.engine.transitions import claim
from task.jobs.models import Job, State
from task.jobs.testing import execute_all
from tests.backups.conftest import made

pytestmark = pytest.mark.django_db(transaction=True)


def failed() -> Job:
    """The only backup, which failed, and left nothing behind."""
    execute_all()
    job = Job.objects.get(kind="backups.back_up")
    row = Backup.objects.get(job_id=job.pk)
    assert (job.state, row.state, row.reason, row.stage) == (State.FAILED, "failed", job.error, "")
    assert not job.traceback
    assert files() == []
    return job


def files() -> list[str]:
    return sorted(path.name for path in folder().iterdir()) if folder().is_dir() else []


# What is in it


def test_a_backup_is_one_file_for_its_owner_alone(sam):
    row = made(owner=sam)
    job = Job.objects.get(pk=row.job_id)
    assert (job.state, row.state) == (State.SUCCEEDED, "good")
    assert files() == [row.name]
    assert row.name == name_of(job.created, job.pk)
    assert re.fullmatch(r"desk-\d{8}T\d{6}Z-[0-9a-f]{32}\.tar\.gz", row.name)
    data = row.path.read_bytes()
    assert (row.size, row.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert (row.path.stat().st_mode & 0o777, folder().stat().st_mode & 0o777) == (0o600, 0o700)
    assert f"{row.rows:,} rows, 2 media files" in job.message
    assert Job.objects.filter(kind="backups.retention", parent=job).count() == 1
    assert mail.outbox == []


def test_the_manifest_tells_what_is_in_it(sam, tmp_path):
    with tarfile.open(made().path) as tar:
        names = tar.getnames()
        manifest = json.load(tar.extractfile("manifest.json"))
        tar.extractall(tmp_path / "out", filter="data")
    member = databases.backend().MEMBER
    media = ["media/empty", "media/reports/7/report.csv"]
    assert names == ["desk-backup.json", member, *media, "media.sha256", "manifest.json"]
    assert (manifest["format"], manifest["vendor"]) == (1, connection.vendor)
    assert manifest["rows"]["accounts_user"] == 1
    assert "0001_initial" in manifest["migrations"]["backups"]
    for name, facts in manifest["members"].items():
        data = (tmp_path / "out" / name).read_bytes()
        assert facts == {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    assert manifest["media"] == {"files": 2, "bytes": 14}
    subprocess.run(["sha256sum", "--check", "--strict", "media.sha256"], cwd=tmp_path / "out", check=True)


@pytest.mark.sqlite
def test_the_database_in_it_is_one_file_that_sqlite_finds_whole(sam, tmp_path):
    with tarfile.open(made().path) as tar:
        tar.extract("database.sqlite3", tmp_path, filter="data")
    base = sqlite3.connect(f"file:{tmp_path}/database.sqlite3?mode=ro", uri=True)
    assert base.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert base.execute("SELECT email FROM accounts_user").fetchall() == [("sam@example.org",)]
    base.close()


def test_no_session_and_nothing_of_the_cache_is_in_it(sam, staff):
    cache.set("a-key", "what the cache holds", 600)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone() == (1,)
    row = made()
    assert row.state == "good", row.reason
    with tarfile.open(row.path) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))
        database = tar.extractfile(databases.backend().MEMBER).read()
    for table in tables_left_out():
        assert manifest["rows"].get(table, 0) == 0
    assert staff.cookies["sessionid"].value.encode() not in database
    assert b"django_session" in database
    assert b"sam@example.org" in database


def test_odd_names_links_and_the_backups_themselves(folders, settings):
    media = folders / "media"
    odd = ["a\nb", "back\\slash", "ü 📚", "x" * 200, os.fsdecode(b"no-text-\xff")]
    for name in odd:
        (media / name).write_text(name.encode(errors="replace").decode())
    (media / "way/out").mkdir(parents=True)
    (media / "way/link").symlink_to("/etc/passwd")
    (media / "way/linked").symlink_to("/etc", target_is_directory=True)
    os.mkfifo(media / "pipe")
    (media / ".restore-7").mkdir()
    for left in (media / ".restore-7/old", media / "way/.restore-8"):  # by a restore that died
        left.write_text("a part")
    settings.BACKUP_DIR = media / "backups"
    made()
    row = made()
    with tarfile.open(row.path, encoding="utf-8") as tar:
        names = {name for name in tar.getnames() if name.startswith("media/")}
        assert all(member.isreg() for member in tar)
    assert names == {"media/empty", "media/reports/7/report.csv", *(f"media/{name}" for name in odd)}


@pytest.fixture
def another_schema():
    """Tables that are not the desk's, one of the same name: PostgreSQL keeps them beside each other."""
    if connection.vendor == "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.books_book (n int)")
        cursor.execute("INSERT INTO elsewhere.books_book VALUES (1), (2); CREATE TABLE elsewhere.alone (n int)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA elsewhere CASCADE")


def test_tables_of_another_schema_are_not_the_desks(another_schema, sam):
    row = made()
    assert row.state == "good", row.reason
    assert b"elsewhere" not in gzip.decompress(row.path.read_bytes())


@pytest.mark.sqlite
def test_who_writes_all_the_time_neither_stops_it_nor_is_stopped(sam):
    """Without one read transaction around the copy SQLite begins it anew at each commit, and it never ends."""
    base = sqlite3.connect(connection.settings_dict["NAME"], timeout=20)
    base.execute("CREATE TABLE filler (words TEXT)")
    base.executemany("INSERT INTO filler VALUES (?)", [("x" * 3000,)] * 5000)
    base.commit()
    stop, written = threading.Event(), []

    def write() -> None:
        own = sqlite3.connect(connection.settings_dict["NAME"], timeout=20)
        while not stop.is_set():
            own.execute("INSERT INTO filler VALUES ('y')")
            own.commit()
            written.append(1)
        own.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        row = made()
    finally:
        stop.set()
        writer.join()
        base.execute("DROP TABLE filler")
        base.close()
    assert row.state == "good", row.reason
    assert len(written) > 20
    with tarfile.open(row.path) as tar:
        rows = json.load(tar.extractfile("manifest.json"))["rows"]["filler"]
    assert 5000 <= rows < 5000 + len(written)


# What goes wrong


def test_a_full_disk_is_a_sentence_and_leaves_nothing(monkeypatch):
    real = packing.fresh

    def full(path):
        real(path).close()
        return open("/dev/full", "wb")

    monkeypatch.setattr(packing, "fresh", full)
    back_up.delay()
    assert "The disk is full: BACKUP_DIR" in failed().error


@pytest.mark.sqlite
def test_a_disk_that_is_full_during_the_copy_or_the_reading_back(monkeypatch):
    def full(stream, work, heartbeat):
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr("task.backups.sqlite.count", full)
    back_up.delay()
    assert "The disk is full: BACKUP_DIR" in failed().error


def test_a_folder_that_cant_be_written_is_named(settings, folders):
    settings.BACKUP_DIR = folders / "media/empty/backups"
    back_up.delay()
    assert f"BACKUP_DIR ({settings.BACKUP_DIR}) can't be written (Not a directory)" in failed().error


def test_a_media_file_that_cant_be_read_is_named(monkeypatch):
    def refuse(path, *args, **options):
        if str(path).endswith("report.csv"):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *args, **options)

    opened = os.open
    monkeypatch.setattr(packing.os, "open", refuse)
    back_up.delay()
    assert failed().error == "The media file reports/7/report.csv can't be read (Permission denied)."


def growing(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")


@pytest.mark.parametrize("change", [growing, lambda path: path.write_bytes(b""), lambda path: path.unlink()])
def test_a_media_file_that_changes_meanwhile_is_tried_again(monkeypatch, folders, change):
    report = folders / "media/reports/7/report.csv"
    real, turns = packing.Hashed.read, []

    def read(self, size=-1):
        if getattr(self.file, "name", None) and not turns and self.file.fileno() and is_open(self.file, report):
            turns.append(1)
            change(report)
        return real(self, size)

    monkeypatch.setattr(packing.Hashed, "read", read)
    job = back_up.delay()
    execute(job.pk)
    job.refresh_from_db()
    if report.exists():
        assert (job.state, turns) == (State.QUEUED, [1])
        assert job.message == "The media file reports/7/report.csv was changed while the backup read it."
        assert files() == []
    execute_all()
    job.refresh_from_db()
    assert job.state == State.SUCCEEDED


def is_open(file, path: Path) -> bool:
    return path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat())


def test_a_media_file_that_always_changes_fails_with_its_name(monkeypatch, folders):
    monkeypatch.setattr(packing, "files_below", lambda *_: iter([folders / "media/gone.csv"]))
    back_up.delay()
    assert failed().error.startswith("The media file gone.csv was changed while the backup read it. We tried five")


def test_what_the_disk_gives_back_wrong_is_not_called_good(monkeypatch):
    def damage(packed, *args):
        data = bytearray(packed.read_bytes())
        middle = len(data) // 2
        # One bit may lie where a stream of zeros unpacks to the same: 64 bytes do not.
        data[middle : middle + 64] = bytes(byte ^ 0xFF for byte in data[middle : middle + 64])
        packed.write_bytes(data)
        return real(packed, *args)

    real = create.read_back
    monkeypatch.setattr(create, "read_back", damage)
    back_up.delay()
    assert failed().error.startswith("The backup was made, but it can't be read back. ")


def test_rows_that_are_missing_are_told(monkeypatch):
    room = databases.backend()
    real = room.copy

    def copy(*args):
        facts = real(*args)
        facts["rows"]["books_book"] += 2
        return facts

    monkeypatch.setattr(room, "copy", copy)
    back_up.delay()
    assert failed().error.endswith("Table books_book had 2 rows, and the copy has 0.")


@pytest.mark.sqlite
def test_a_row_that_points_nowhere_is_told():
    base = sqlite3.connect(connection.settings_dict["NAME"])
    base.execute("PRAGMA foreign_keys=OFF")
    base.execute("INSERT INTO accounts_firstaccount (id, user_id, created) VALUES (1, 99, '2026-01-01 00:00:00')")
    base.commit()
    try:
        back_up.delay()
        assert failed().error.endswith(
            "A row of accounts_firstaccount points to a row of accounts_user that is not there."
        )
    finally:
        base.execute("DELETE FROM accounts_firstaccount")
        base.commit()
        base.close()


# Who dies, stops or is overtaken


class Dead(BaseException):
    """kill -9: no `finally` of ours is run, as the patched functions see to."""


def test_one_that_died_between_the_file_and_its_row_is_taken_as_it_is(monkeypatch):
    job = back_up.delay()
    with monkeypatch.context() as patched:
        published = create.publish
        patched.setattr(create, "publish", lambda *args: published(*args) and die())
        with pytest.raises(Dead):
            execute(job.pk)
    before = [(path.name, path.stat().st_ino) for path in folder().iterdir()]
    assert len(before) == 1
    come_back(job)
    assert [(path.name, path.stat().st_ino) for path in folder().iterdir()] == before
    assert Backup.objects.get().state == "good"


def die() -> None:
    raise Dead


def come_back(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(state=State.QUEUED, lease_until=None)
    execute_all()


def test_a_damaged_file_that_a_dead_worker_left_is_made_anew(sam):
    job = back_up.delay()
    folder().mkdir()
    left = folder() / name_of(job.created, job.pk)
    left.write_bytes(gzip.compress(b"half of it"))
    execute_all()
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert not left.exists()
    assert transitions.retry(job)
    execute_all()
    assert Backup.objects.get().state == "good"


def test_a_worker_that_was_overtaken_publishes_nothing(monkeypatch):
    job = back_up.delay()

    def overtake(*args):
        with allow_writes():
            Job.objects.filter(pk=job.pk).update(claims=7)  # the lease ran out, and another one has it
        return real(*args)

    real = create.pack
    monkeypatch.setattr(create, "pack", overtake)
    execute(job.pk)
    assert files() == []
    assert Backup.objects.get().state == "waiting"


@pytest.mark.parametrize("odd", ["\udce9", "\0"])
def test_a_file_whose_name_no_database_takes_fails_it_and_tells_the_staff(monkeypatch, sam, odd):
    def refuse():
        raise Fail(f"The media file caf{odd}.csv can't be read.")

    monkeypatch.setattr(create.databases, "backend", refuse)
    job = back_up.delay()
    execute_all()
    job.refresh_from_db()
    row = Backup.objects.get()
    assert (job.state, row.state) == ("failed", "failed")
    assert row.reason == job.error == f"The media file caf{'?' if odd != chr(0) else ''}.csv can't be read."
    assert [message.to for message in mail.outbox] == [[sam.email]]


def test_a_worker_that_wakes_after_it_was_overtaken_takes_nothing_from_the_other(monkeypatch):
    job = back_up.delay()
    stale = Run(claim(job.pk))
    Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))
    woken = []

    def wake(*args):
        if not woken:
            with pytest.raises(LeaseLost), allow_writes():
                woken.append(create.create(stale, Backup.objects.get()))
            woken.append("stopped")
        return real(*args)

    real = create.pack
    monkeypatch.setattr(create, "pack", wake)
    execute(job.pk)
    row = Backup.objects.get()
    assert (woken, row.state, row.reason) == (["stopped"], "good", "")
    assert files() == [row.name]


def test_two_that_publish_at_once_leave_one_file_which_the_row_tells_of(monkeypatch):
    job = back_up.delay()

    def other_was_first(packed, path, run):
        path.write_bytes(packed.read_bytes())
        return real(packed, path, run)

    real = create.publish
    monkeypatch.setattr(create, "publish", other_was_first)
    execute_all()
    row = Backup.objects.get()
    assert (row.job_id, row.state) == (job.pk, "good")
    assert files() == [row.name]


def test_a_disk_without_links(monkeypatch):
    def refuse(*args):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(create.os, "link", refuse)
    assert made().state == "good"


def test_cancelled_while_it_copies_it_stops_and_sends_no_email(monkeypatch, sam):
    monkeypatch.setattr(create, "CHECK_SECONDS", 0)
    job = back_up.delay()

    def cancel(*args):
        with allow_writes():
            transitions.cancel(Job.objects.get(pk=job.pk))
        return real(*args)

    room = databases.backend()
    real = room.copy
    monkeypatch.setattr(room, "copy", cancel)
    execute_all()
    row = Backup.objects.get()
    assert (row.state, row.reason, files()) == ("cancelled", "Cancelled.", [])
    assert mail.outbox == []


# A failed one is told


@pytest.fixture
def broken(settings, folders):
    settings.BACKUP_DIR = folders / "media/empty/backups"


def test_each_active_member_of_the_staff_gets_one_email(sam, alice, broken):
    User.objects.create_user("eve", "eve@example.org", "a good password", is_staff=True, is_active=False)
    User.objects.create_user("tim", "tim@example.org", "a good password", is_staff=True)
    User.objects.filter(username="tim").update(email="")
    User.objects.create_user("ann", "ann@example.org", "a good password", is_staff=True)
    row = made()
    assert sorted(message.to for message in mail.outbox) == [["ann@example.org"], ["sam@example.org"]]
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 2
    assert "There is no verified backup yet." in mail.outbox[0].body
    assert row.reason in mail.outbox[0].body
    assert "http://testserver/backups/" in mail.outbox[0].body


def test_one_that_fails_again_is_told_again_and_one_that_is_retried_in_time_is_not(sam, broken, settings, folders):
    row = made()
    transitions.retry(Job.objects.get(pk=row.job_id))
    row.refresh_from_db()
    assert (row.state, row.reason) == ("waiting", "")
    execute_all()
    assert len(mail.outbox) == 2
    late = tasks.send_failure.delay(backup=row.pk, person=sam.pk)
    settings.BACKUP_DIR = folders / "backups"
    transitions.retry(Job.objects.get(pk=row.job_id))
    execute_all()
    late.refresh_from_db()
    assert (len(mail.outbox), late.state) == (2, State.SUCCEEDED)
    row.refresh_from_db()
    assert row.state == "good"


def test_a_job_that_failed_before_it_had_a_row_gets_one(sam):
    job = back_up.delay()
    Job.objects.filter(pk=job.pk).update(faults=9)
    execute_all()
    row = Backup.objects.get(job_id=job.pk)
    assert (row.state, row.reason) == ("failed", "The worker stopped five times at the same place.")
    assert len(mail.outbox) == 1


def test_a_backup_may_take_hours_as_long_as_it_goes_on(monkeypatch, sam):
    """The limit of a step is for work that hangs."""
    killed = []
    monkeypatch.setattr(os, "kill", lambda *signal: killed.append(signal))
    run = Run(claim(back_up.apply_async(owner=sam).pk))
    heartbeat = create.heartbeat_of(run)
    run.committed_at -= 5 * 3600
    monkeypatch.setattr(create, "CHECK_SECONDS", -1)
    heartbeat()
    assert lease.renew(run)
    run.committed_at -= 5 * 3600
    assert not lease.renew(run)
    assert len(killed) == 1


def test_folders_that_an_app_names_are_left_out(tmp_path):
    for name in ("reports/a.csv", "covers/fetched/ab/x-s.webp", "covers/own/ab/y-s.webp"):
        path = tmp_path / "own" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
    root = tmp_path / "own"
    found = packing.files_below(root, [root / "covers/fetched"])
    assert [path.relative_to(root).as_posix() for path in found] == ["covers/own/ab/y-s.webp", "reports/a.csv"]


def test_the_folders_of_what_can_be_fetched_or_made_again(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    assert folders_left_out() == [tmp_path / "covers/fetched", tmp_path / "exports"]
