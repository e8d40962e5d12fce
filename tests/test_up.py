"""`manage.py up` as a person meets it: real processes, a real port. One desk serves the whole module."""

import os
import pty
import re
import signal
import socket
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from celerytask import local
from celerytask.management.commands.up import is_under
from celerytask.terminal import ADVICE
from tests.desk import KINDS, Desk, free_port
from tests.processes import ROOT, wait_until

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells a process that its parent died")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    yield desk
    desk.end()


@pytest.fixture
def desk(shared: Desk) -> Desk:
    """Running and ready."""
    if shared.process is None or shared.process.poll() is not None:
        shared.start()
    return shared.wait_ready()


def test_says_where_it_listens_once_it_is_ready(desk: Desk) -> None:
    wait_until(lambda: f"Ready. Open http://localhost:{desk.port}/" in desk.words())
    assert desk.get("/healthz") == (200, b"alive\n")
    assert desk.get("/accounts/login/")[0] == 200
    assert {kind for kind in KINDS if desk.main_process(kind)} == set(KINDS)


def test_a_start_says_nothing_but_what_a_person_needs(desk: Desk) -> None:
    """What the broker and Celery warn of differs by machine; whatever it is, it is told in our words."""
    wait_until(lambda: "Ready." in desk.words())
    words = [line.split("| ", 1)[1] for line in desk.words().partition("up     | Ready.")[0].splitlines()]
    said = [re.sub(r"\d+ migrations", "… migrations", line) for line in words if line not in ADVICE.values()]
    first, *others, last = said
    assert (first, last) == ("Preparing the database.", "Starting broker, worker, beat and web.")
    first_time = ["Bringing its tables up to date: … migrations.", "Collecting and compressing the static files."]
    assert others in (first_time, [])
    assert "celery@" in (desk.var_dir / "desk.log").read_text()


def test_serves_collected_static_files(desk: Desk) -> None:
    status, page = desk.get("/accounts/login/")
    style = re.search(r'href="(/static/[^"]+\.css)"', page.decode())
    assert status == 200
    assert style
    assert desk.get(style[1])[0] == 200


def test_keeps_what_it_writes_to_its_owner(desk: Desk) -> None:
    key = desk.var_dir / "secret_key"
    assert stat.S_IMODE(desk.var_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE((desk.var_dir / "desk.sqlite3").stat().st_mode) == 0o600
    assert stat.S_IMODE((desk.var_dir / "desk.log").stat().st_mode) == 0o600
    assert key.read_text() not in desk.words()


def test_a_second_start_on_the_same_folder_is_refused(desk: Desk) -> None:
    code, words = desk.refusal(PORT=str(free_port()))
    assert code == 1
    assert words.count("\n") == 1
    assert f"The desk is already running on {desk.var_dir}" in words
    assert f"process {desk.process.pid}, http://localhost:{desk.port}/" in words  # type: ignore[union-attr]


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, words = Desk(tmp_path).refusal(PORT=str(port))
    assert (code, words) == (
        1,
        f"Port {port} is in use by another program. Use another one: PORT={port + 1} make run\n",
    )


@pytest.mark.parametrize("below", ["", "/deeper"])
def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, below: str) -> None:
    (tmp_path / "var").touch()  # a file in its place: root could write into any folder
    code, words = Desk(tmp_path).refusal(VAR_DIR=f"{tmp_path}/var{below}")
    assert code == 1
    assert words.count("\n") == 1
    assert "VAR_DIR" in words
    assert f"{tmp_path}/var{below}" in words


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "eighty"), ("PORT", "70000"), ("HOST", "203.0.113.1"), ("WORKERS", "0")]
)
def test_a_wrong_value_is_one_sentence_that_names_it(tmp_path: Path, name: str, value: str) -> None:
    code, words = Desk(tmp_path).refusal(**{name: value})
    assert code == 1
    assert words.count("\n") == 1
    assert name in words
    assert value in words


def test_a_database_that_does_not_answer_is_one_sentence_without_its_password(tmp_path: Path) -> None:
    code, words = Desk(tmp_path).refusal(DATABASE_URL=f"postgres://me:secret@127.0.0.1:{free_port()}/books")
    assert code == 1
    assert "\nThe database books can't be used: " in f"\n{words}"
    assert len(words.splitlines()) == 2  # and the line that says what was being done
    assert "secret" not in words


@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_child_is_started_again(desk: Desk, kind: str) -> None:
    before = desk.main_process(kind)
    assert before is not None
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: desk.main_process(kind) not in (None, before))
    wait_until(desk.is_ready)
    assert f"{kind} was killed by SIGKILL; it starts again in" in desk.words()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_leaves_nothing(desk: Desk, sign: signal.Signals) -> None:
    assert desk.process is not None
    assert len(desk.processes()) >= 7  # up, broker, worker and its pool of two, beat, web and its two
    desk.send(sign)
    assert desk.process.wait(60) == 0
    wait_until(lambda: desk.processes() == {}, 10)  # what it killed may take a moment to die
    assert "Stopping." in desk.words()
    assert desk.get("/healthz")[0] == 0


def test_a_closed_terminal_stops_everything(shared: Desk) -> None:
    shared.end()
    master, slave = pty.openpty()
    shared.start(terminal=slave).wait_ready()
    os.close(slave)
    os.close(master)  # from now on its words go nowhere, and the kernel sends HUP
    wait_until(lambda: not shared.processes())
    assert shared.process is not None
    assert shared.process.wait(20) == 0


@on_linux
def test_a_kill_of_the_parent_leaves_nothing_and_the_next_start_is_quick(desk: Desk) -> None:
    assert desk.process is not None
    desk.send(signal.SIGKILL)
    desk.process.wait(20)
    wait_until(lambda: not desk.processes(), 20)
    began = time.monotonic()
    desk.start().wait_ready()
    assert time.monotonic() - began < 40  # 3 s on a quiet machine


def test_a_machine_without_the_embedded_broker_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local.platform, "machine", lambda: "riscv64")
    with pytest.raises(SystemExit) as refused:
        local.valkey_server()
    assert "riscv64: set CELERY_BROKER_URL" in str(refused.value)


def test_a_broker_from_the_environment_replaces_the_embedded_one(settings: Settings) -> None:
    settings.BROKER_IS_EMBEDDED = False
    assert [program.name for program in local.programs()] == ["worker", "beat", "web"]


def test_the_commands_are_those_of_the_procfile(settings: Settings) -> None:
    settings.WORKERS = 7
    text = (ROOT / "Procfile").read_text().replace("${WORKERS:-2}", "7")
    text = text.replace(": celery ", ": python -m celery --quiet ").replace(": python ", f": {sys.executable} -u ")
    procfile = dict(line.split(": ", 1) for line in text.splitlines())
    started = {program.name: " ".join(program.command) for program in local.programs()}
    assert started["worker"] == procfile["worker"]
    assert started["beat"] == f"{procfile['beat']} --loglevel WARNING"
    assert started["web"] == procfile["web"]


def test_a_broker_folder_that_others_may_enter_is_refused(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR, settings.BROKER_SOCKET = tmp_path, tmp_path / "elsewhere" / "valkey.sock"
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    with pytest.raises(SystemExit, match="only you can enter"):
        local.broker()


@pytest.mark.parametrize(
    ("engine", "name", "is_ours"),
    [("sqlite3", "desk.sqlite3", True), ("sqlite3", "../desk.sqlite3", False), ("postgresql", "desk.sqlite3", False)],
)
def test_jobs_are_rescued_at_start_only_in_a_database_of_its_own(
    tmp_path: Path, engine: str, name: str, is_ours: bool
) -> None:
    database = {"ENGINE": f"django.db.backends.{engine}", "NAME": f"{tmp_path}/{name}"}
    assert is_under(tmp_path, database) is is_ours
