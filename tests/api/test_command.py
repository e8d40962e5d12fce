"""`bin/desk` as somebody types it: a process of its own, over a line that can be cut."""

import json
import os
import re
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from task.api.models import Token
from task.books.models import Book
from task.books.search import index
from task.jobs.models import Job
from task.jobs.testing import execute_all
from task.reports import github as client
from tests.processes import ROOT, wait_until
from tests.services.github import GitHub

pytestmark = pytest.mark.django_db(transaction=True)

ISBNS = ["9780345418913", "9780451524935", "9780451526342"]
NOT_REACHED, LOG_IN = 75, 77


class Line:
    """Between the command and the desk: it carries everything, nothing, or requests whose answers it drops."""

    def __init__(self, port: int) -> None:
        self.port, self.mode = port, "whole"
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self.carry, daemon=True).start()

    def carry(self) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(client, self.mode), daemon=True).start()

    def one(self, client: socket.socket, mode: str) -> None:
        with client:
            if mode == "cut":
                return
            with socket.create_connection(("127.0.0.1", self.port)) as desk:
                asked = threading.Thread(target=copy, args=(client, desk), daemon=True)
                asked.start()
                if mode == "whole":
                    copy(desk, client)
                else:  # the desk does it, and nobody hears
                    while desk.recv(65_536):
                        pass


def copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            target.sendall(data)
    except OSError:
        pass


@pytest.fixture
def line(live_server: Any, settings: Any) -> Iterator[Line]:
    settings.ALLOWED_HOSTS = ["*"]
    found = Line(int(live_server.url.rpartition(":")[2]))
    yield found
    found.server.close()


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "config"


@pytest.fixture
def desk(home: Path) -> Run:
    def run(*words: str, stdin: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
        env = {"PATH": os.environ["PATH"], "XDG_CONFIG_HOME": str(home), **environment}
        command = [sys.executable, str(ROOT / "bin/desk"), *words]
        return subprocess.run(command, input=stdin, env=env, capture_output=True, text=True, timeout=60)

    return run


@pytest.fixture
def logged_in(desk: Run, line: Line, alice: Any) -> Run:
    _, token = Token.make(alice, "shell", as_staff=False)
    done = desk("login", line.address, DESK_TOKEN=token)
    assert done.returncode == 0, done.stderr
    return desk


def look_ups() -> int:
    return Job.objects.filter(kind="books.look_up").count()


class TestLogin:
    def test_it_keeps_the_token_for_its_owner_alone(self, logged_in, home):
        assert stat.S_IMODE((home / "desk/config.json").stat().st_mode) == 0o600
        assert stat.S_IMODE((home / "desk").stat().st_mode) == 0o700

    def test_a_wrong_token_is_not_kept(self, desk, line, home):
        done = desk("login", line.address, DESK_TOKEN="desk_wrong")
        assert done.returncode == LOG_IN
        assert "This token is not known" in done.stderr
        assert not (home / "desk/config.json").exists()

    def test_a_token_goes_over_no_open_line(self, desk):
        done = desk("login", "http://desk.example.org", DESK_TOKEN="desk_x")
        assert (done.returncode, "https" in done.stderr) == (2, True)

    @pytest.mark.parametrize("words", [("scan", ISBNS[0]), ("jobs",), ("report", "python")])
    def test_without_it_nothing_works(self, desk, words):
        assert desk(*words).returncode == LOG_IN


class TestScan:
    def test_by_words_by_file_and_by_stdin(self, logged_in, tmp_path):
        (tmp_path / "list.txt").write_text(f"{ISBNS[1]}\n")
        assert logged_in("scan", ISBNS[0]).stdout.startswith("1 new, 0 already in the catalogue")
        assert logged_in("scan", "--file", str(tmp_path / "list.txt")).returncode == 0
        assert logged_in("scan", stdin=f"{ISBNS[2]}\n{ISBNS[0]}").stdout.startswith("1 new, 1 already in the catalogue")
        assert Book.objects.count() == 3

    def test_what_is_no_isbn_is_told_and_the_rest_goes_on(self, logged_in):
        done = logged_in("scan", ISBNS[0], "9780451524936")
        assert done.returncode == 1
        assert "9780451524936: Its check digit should be 5." in done.stderr
        assert Book.objects.count() == 1

    def test_as_json(self, logged_in):
        told = json.loads(logged_in("scan", "--json", *ISBNS[:2]).stdout)
        assert (told["answers"][0]["isbn"], told["kept"]) == (ISBNS[:2], 0)

    def test_while_the_network_is_away_it_is_kept_and_sent_the_next_time(self, logged_in, line, home):
        line.mode = "cut"
        done = logged_in("scan", *ISBNS[:2])
        assert done.returncode == NOT_REACHED
        assert "2 ISBNs are kept" in done.stderr
        assert not Book.objects.exists()
        line.mode = "whole"
        assert logged_in("scan", ISBNS[2]).returncode == 0
        assert set(Book.objects.values_list("isbn", flat=True)) == set(ISBNS)
        assert not list((home / "desk/kept").iterdir())

    def test_an_answer_that_was_lost_doubles_nothing(self, logged_in, line):
        line.mode = "deaf"
        assert logged_in("scan", *ISBNS[:2]).returncode == NOT_REACHED
        wait_until(lambda: look_ups() == 1)
        line.mode = "whole"
        told = json.loads(logged_in("scan", "--json").stdout)
        assert told["answers"][0]["isbn"] == ISBNS[:2]  # the first answer, not “known”
        assert look_ups() == 1

    def test_thousands_go_in_parts(self, logged_in):
        from tests.books.conftest import isbns

        told = json.loads(logged_in("scan", "--json", stdin="\n".join(isbns(2_500))).stdout)
        assert [len(answer["isbn"]) for answer in told["answers"]] == [1000, 1000, 500]

    def test_a_revoked_token_keeps_what_was_scanned(self, logged_in, home):
        Token.objects.all().delete()
        assert logged_in("scan", ISBNS[0]).returncode == LOG_IN
        assert len(list((home / "desk/kept").iterdir())) == 1


class Answering:
    """In place of the desk: one answer to everything."""

    def __init__(self, answer: bytes) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self.serve, args=(answer,), daemon=True).start()

    def serve(self, answer: bytes) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            with client:
                client.recv(65_536)
                client.sendall(answer)


def move_to(home: Path, address: str) -> None:
    file = home / "desk/config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"address": address}))


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 302 Found\r\nLocation: https://sso.example.org/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz",
        b"rubbish\r\n\r\n",
    ],
)
def test_an_answer_that_is_not_the_desks_loses_no_scan(logged_in, home, answer):
    other = Answering(answer)
    move_to(home, other.address)
    done = logged_in("scan", ISBNS[0])
    other.server.close()
    assert done.returncode == NOT_REACHED, done.stderr
    assert "Traceback" not in done.stderr
    assert len(list((home / "desk/kept").iterdir())) == 1


def test_what_is_kept_for_another_desk_is_not_in_the_way(logged_in, line, home):
    move_to(home, "http://127.0.0.1:9")
    assert logged_in("scan", ISBNS[0]).returncode == NOT_REACHED
    move_to(home, line.address)
    assert logged_in("scan", ISBNS[1]).returncode == 0
    assert logged_in("scan").returncode == 2


def test_a_token_with_a_line_end_is_read_and_an_odd_one_is_not_printed(desk, line, alice, home):
    _, token = Token.make(alice, "shell", as_staff=False)
    assert desk("login", line.address, DESK_TOKEN=f"{token}\r\n").returncode == 0
    done = desk("login", line.address, DESK_TOKEN="desk_SECRET\nTOKEN")
    assert done.returncode == 2
    assert "SECRET" not in done.stderr + done.stdout


def test_jobs_are_listed_and_watched_until_they_end(logged_in):
    logged_in("scan", ISBNS[0])
    assert "waiting" in logged_in("jobs").stdout
    assert json.loads(logged_in("jobs", "--json").stdout)[0]["kind"] == "books.look_up"
    threading.Timer(1.0, execute_all).start()
    watched = logged_in("jobs", "--watch")
    assert watched.returncode == 0
    assert "waiting" not in watched.stdout


def test_carts_are_listed_with_what_is_left_to_do(logged_in):
    assert logged_in("carts").stdout == "No carts yet.\n"
    logged_in("scan", "9780345418913", "12")
    (line,) = logged_in("carts").stdout.splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d +2 scanned  1 needs work +Cart of \d\d:\d\d", line)
    assert json.loads(logged_in("carts", "--json").stdout)[0]["figures"]["scans"] == 2


def test_a_report_is_made_and_comes_out(logged_in, settings, monkeypatch, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(client, "SECONDS_A_REQUEST", 0.0)
    with GitHub() as github:
        settings.GITHUB_API_URL = github.url
        threading.Timer(1.0, execute_all).start()
        done = logged_in("report", "python", "20")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 21
    assert logged_in("report", "klingon").stderr == "This language is not on the list. Choose one that is.\n"


def test_books_are_exported(logged_in, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    for isbn, title in zip(ISBNS[:2], ("The Sea", "The Sky"), strict=True):
        index([Book.objects.create(isbn=isbn, number=isbn, title=title, state="filled").pk])
    threading.Timer(1.0, execute_all).start()
    done = logged_in("export", "--format", "ris", "--query", "q=the sea")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[2] == "TI  - The Sea"
    assert "Sky" not in done.stdout
    refused = logged_in("export", "--query", "colour=red")
    assert (refused.returncode, refused.stderr) == (1, "There is no filter “colour” of the books.\n")
