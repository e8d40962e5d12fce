"""What `manage.py up` shows of its programs' words, and what goes to the file."""

from pathlib import Path

import pytest

from celerytask.terminal import ADVICE, KEPT, Terminal

OVERCOMMIT, ROOT_WORDS = ADVICE.values()
ROOT = """/x/celery/platforms.py:893: SecurityWarning: You're running the worker with superuser privileges: this is
absolutely not recommended!

Please specify a different user using the --uid option.

User information: uid=0 euid=0 gid=0 egid=0

  _warn_or_raise_security_error(egid, euid, gid, uid,
[2026-11-29 22:35:45,609: INFO/MainProcess] Connected to redis+socket:///var/valkey.sock
[2026-11-29 22:35:45,712: INFO/MainProcess] celery@desk ready."""
BROKER = "20991:M 29 Nov 2026 22:35:42.477 # WARNING Memory overcommit must be enabled! Without it, a save may fail"


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path / "desk.log")


def shown(terminal: Terminal, name: str, text: str) -> list[str]:
    lines = [terminal(name, line.encode()) for line in text.split("\n")]
    return [line.decode() for line in lines if line is not None]


def kept(terminal: Terminal) -> str:
    return Path(terminal.file.baseFilename).read_text()


def test_a_warning_that_somebody_can_act_on_is_told_once_in_our_words(terminal: Terminal) -> None:
    assert shown(terminal, "worker", f"{ROOT}\n{ROOT}") == [ROOT_WORDS]
    assert shown(terminal, "broker", f"{BROKER}\n{BROKER}") == [OVERCOMMIT]
    assert kept(terminal).count("superuser privileges") == 2
    assert kept(terminal).count("Memory overcommit") == 2


def test_what_goes_as_it_should_is_in_the_file_alone(terminal: Terminal) -> None:
    chatter = "[2026-11-29 22:35:45,712: INFO/ForkPoolWorker-1] Task accounts.generate[x] succeeded in 100 %: 'done'"
    assert shown(terminal, "worker", chatter) == []
    assert "worker | " + chatter in kept(terminal)


@pytest.mark.parametrize(
    "line",
    [
        "[2026-11-29 22:35:45,712: WARNING/ForkPoolWorker-1] To: ada@example.org",
        "[2026-11-29 22:35:45,712: ERROR/MainProcess] consumer: Cannot connect to redis+socket:///x: refused.",
        "20991:M 29 Nov 2026 22:35:42.477 # Can't open the append-only file: No space left on device",
        "Traceback (most recent call last):",
        "http://localhost:8000/accounts/reset/MQ/c8-secret/",
        "",
        "   indented: 100 % of it",
    ],
)
def test_all_else_is_shown_and_not_written_to_the_file(terminal: Terminal, line: str) -> None:
    assert shown(terminal, "worker", line) == [line]
    assert not Path(terminal.file.baseFilename).exists()


def test_a_blank_line_between_an_emails_lines_stays(terminal: Terminal) -> None:
    email = "[2026-11-29 22:35:45,712: WARNING/ForkPoolWorker-1] Subject: Welcome\n\nWelcome, ada.\n\n"
    assert shown(terminal, "worker", email) == email.split("\n")


def test_bytes_that_are_no_text_are_shown_as_they_came(terminal: Terminal) -> None:
    assert terminal("web", b"caf\xe9 \xff") == b"caf\xe9 \xff"


def test_the_file_does_not_grow_for_ever(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal.file.maxBytes = 1000
    for n in range(500):
        terminal("worker", f"[2026-11-29 22:35:45,712: INFO/MainProcess] line {n}".encode())
    folder = Path(terminal.file.baseFilename).parent
    assert len(list(folder.iterdir())) == KEPT + 1
    assert all(file.stat().st_size <= 1000 for file in folder.iterdir())
    assert "line 499" in kept(terminal)


def test_a_file_that_cannot_be_written_stops_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal(tmp_path / "gone" / "desk.log")
    assert terminal("worker", b"[2026-11-29 22:35:45,712: INFO/MainProcess] ready.") is None
    assert terminal("worker", b"a fault") == b"a fault"
    assert capfd.readouterr() == ("", "")
