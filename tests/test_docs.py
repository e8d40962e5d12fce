"""The docs are true: their code runs, and their tables are those of the code."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import task.jobs
from celerytask import environment
from task.jobs.conf import table
from task.jobs.engine import errors, transitions
from tests import examples
from tests.processes import ROOT

PAGES = ("README.md", "docs/engine.md", "docs/deploy.md", "docs/webhooks.md", "docs/glossary.md", "CHANGELOG.md")
URLS = """
from django.urls import include, path
urlpatterns = [path("", include("example_letters.urls")), path("", include("celerytask.urls"))]
"""
# A person at the shell, and a worker that has done its work when they look. No broker.
SESSION = """
import doctest, sys, django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0, run_syncdb=True)
from task.jobs.engine import broker
from task.jobs.models import Job
from task.jobs.testing import execute_all
broker._send = lambda *message: None
look = Job.refresh_from_db
Job.refresh_from_db = lambda self, *args, **kwargs: (execute_all(), look(self, *args, **kwargs))[1]
session = doctest.DocTestParser().get_doctest(open("session.txt").read(), {}, "docs/engine.md", None, 0)
runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
runner.run(session)
assert runner.tries > 20
sys.exit(runner.failures)
"""
# The form with and without its file, the command, and the schedule that migrate has made.
FORM = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0, run_syncdb=True)
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.utils import setup_test_environment
setup_test_environment(); mail.outbox = []
from django_celery_beat.models import PeriodicTask
from example_letters.models import Club, Member, Programme
from task.jobs.models import Job
from task.jobs.testing import execute_all
from task.schedules.timetable import problem_of
call_command("check", fail_level="WARNING")
club = Club.objects.create(name="Chess")
Member.objects.create(club=club, email="one@example.org")
ann = get_user_model().objects.create_user("ann", "ann@example.org", "pw")
client = Client(); client.force_login(ann, "django.contrib.auth.backends.ModelBackend")
assert "Invite a club" in client.get("/example_letters/invite/").content.decode()
for day, more in (("2026-05-01", {}), ("2026-05-02", {"programme": SimpleUploadedFile("a.txt", b"Music")})):
    reply = client.post("/example_letters/invite/", {"day": day, "club": club.pk, **more})
    assert (reply.status_code, reply.url) == (302, "/jobs/"), reply.content
    execute_all()
assert ["Music" in sent.body for sent in mail.outbox] == [False, True], [sent.body for sent in mail.outbox]
call_command("invite_all", "2026-05-03")
execute_all()
assert len(mail.outbox) == 3
assert set(Job.objects.values_list("state", flat=True)) == {"succeeded"}
assert not problem_of(PeriodicTask.objects.get(task="example_letters.tidy"))
"""


def page(name: str) -> str:
    return (ROOT / name).read_text()


def rows_under(heading: str, name: str = "docs/engine.md") -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    section = page(name).split(f"\n## {heading}\n", 1)[1].split("\n## ")[0]
    lines = next(part for part in section.strip().split("\n\n") if part.startswith("| ")).splitlines()
    return [[cell.strip().replace("\\|", "|") for cell in line.strip("|").split(" | ")] for line in lines[2:]]


# Its code


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return examples.files_of("docs/engine.md", "letters")


def test_the_code_of_the_engines_page_passes_the_types_of_the_project(files: dict[str, str], tmp_path: Path) -> None:
    examples.check_types(tmp_path, "example_letters", files)


def test_the_example_works_in_a_form_a_command_and_a_schedule(files: dict[str, str], tmp_path: Path) -> None:
    env = examples.project(tmp_path, "example_letters", {**files, "example_letters_urls.py": URLS, "attempt.py": FORM})
    examples.run(tmp_path, env, "attempt.py")
    assert "5 passed" in examples.run_tests(tmp_path, env, "tests/example_letters")


def test_what_is_typed_at_the_shell_answers_as_the_page_says(files: dict[str, str], tmp_path: Path) -> None:
    session = "\n".join(re.findall(r"```pycon\n(.*?)```", page("docs/engine.md"), re.DOTALL))
    session = examples.as_example(session, "letters")
    more = {"example_letters_urls.py": URLS, "attempt.py": SESSION, "session.txt": session}
    examples.run(tmp_path, examples.project(tmp_path, "example_letters", {**files, **more}), "attempt.py")


# Its tables


def test_the_arrows_are_those_of_the_code() -> None:
    lines = (transitions.__doc__ or "").split("\n\n")[1].splitlines()
    marks = [lines[0].index(word) for word in ("from", "to", "by")]
    told = []
    for line in lines[1:]:
        start, to, rest = (line[a:b].strip() for a, b in zip(marks, [*marks[1:], None], strict=True))
        by, _, when = rest.partition(" ")
        told.append([start, to, by, when.strip()])
    assert [[start, to, by.strip("`"), when.replace("`", "")] for start, to, by, when in rows_under("The states")] == [
        [start, to, by, when.replace("`", "")] for start, to, by, when in told
    ]


def test_the_arrows_name_functions_and_states() -> None:
    for _, _, by, _ in rows_under("The states"):
        function = by.strip("`")
        assert function == "enqueue.enqueue" or callable(getattr(transitions, function))


def test_the_numbers_are_those_of_the_code() -> None:
    def words(value: object) -> str:
        return ", ".join(f"{each:g}" for each in (value if isinstance(value, tuple) else (value,)))

    told = [[f"`{each.setting}`", words(each.default), each.words] for each in table()]
    assert rows_under("The numbers") == told


@pytest.mark.parametrize(("promise", "test"), rows_under("The promises"))
def test_each_promise_has_its_test(promise: str, test: str) -> None:
    path, _, name = test.strip("`").partition("::")
    names = {node.name for node in ast.walk(ast.parse(page(path))) if isinstance(node, ast.FunctionDef)}
    assert name in names, promise


@cache
def sentences() -> str:
    """All texts in the code, one after the other; what an f-string fills in is left out."""
    found = []
    for folder in ("task", "celerytask"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append(node.value)
    return "\n".join(found)


@pytest.mark.parametrize(("never", "refusal"), rows_under("Never"))
def test_each_refusal_is_a_sentence_of_the_code(never: str, refusal: str) -> None:
    sentence = refusal[refusal.index("“") + 1 : refusal.rindex("”")]
    pieces = [piece.strip(" “”.") for piece in re.split("…", sentence.replace("`.delay(…)`", "")) if len(piece) > 3]
    assert pieces
    for piece in pieces:
        assert piece in sentences(), never


def test_the_exceptions_are_those_of_the_code() -> None:
    raised = {found[1] for row in rows_under("Exceptions") if (found := re.match(r"`(\w+)\(", row[0]))}
    public = {name for name in task.jobs.__all__ if isinstance(getattr(task.jobs, name), type(Exception))}
    assert raised | {"Misuse"} == {name for name in public if name in vars(errors)}
    assert not issubclass(errors.LeaseLost, Exception)
    assert not issubclass(errors.YieldTurn, Exception)


# Names of files, settings and packages


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_links_is_there(name: str) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page(name)):
        if "://" not in link:
            assert ((ROOT / name).parent / link).exists(), f"{name} links {link}"


def test_the_map_in_the_readme_is_the_tree() -> None:
    named = {
        folder for cell, *_ in rows_under("Where things are", "README.md") for folder in re.findall(r"`(\S+?)/`", cell)
    }
    for folder in named:
        assert folder == "var" or (ROOT / folder).is_dir(), folder
    rooms = {f"task/{path.parent.name}" for path in (ROOT / "task").glob("*/__init__.py")}
    tops = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name not in UNNAMED}
    assert named >= rooms, f"Add to README's table “Where things are”: {sorted(rooms - named)}"
    unnamed = tops - {folder.partition("/")[0] for folder in named}
    assert not unnamed, f"Add to README's table “Where things are”: {sorted(unnamed)}"


UNNAMED = {".git", ".venv", "__pycache__", ".hypothesis", ".pytest_cache", ".mypy_cache", ".ruff_cache"}


def test_the_packages_in_the_readme_are_those_that_are_installed() -> None:
    named = {name.strip() for cell, *_ in rows_under("Why these packages", "README.md") for name in cell.split(",")}
    lines = (ROOT / "requirements.in").read_text().splitlines()
    wanted = {re.split(r"[\[~=<>]", line)[0] for line in lines if line and not line.startswith("#")}
    extras = {name for line in lines if line.startswith("celery[") for name in re.findall(r"\[(\w+)\]", line)}
    assert {name.lower() for name in named} == {name.lower() for name in wanted | extras}


def test_the_settings_in_the_readme_are_those_that_are_read() -> None:
    named = {name for cell, *_ in rows_under("Settings", "README.md") for name in re.findall(r"`(\w+)`", cell)}
    tree = ast.parse(page("celerytask/settings.py"))
    readers = {name for name in vars(environment) if not name.startswith("_")}
    read = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in readers
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    of_the_engine = {number.setting for number in table()}  # docs/engine.md has a table of all
    assert "JOBS_LEASE_SECONDS" in named
    assert "NAME_FILE" in named  # for each of them
    assert named - of_the_engine - {"NAME_FILE"} == read - {"LOCAL"}  # that one is told in the text below the table


def test_the_names_in_the_glossary_are_those_of_the_code() -> None:
    code = [path for folder in ("task", "celerytask") for path in (ROOT / folder).rglob("*.py")]
    words = {part for path in code for part in (*path.with_suffix("").relative_to(ROOT).parts, *names_in(path))}
    for line in page("docs/glossary.md").splitlines():
        cells = line.strip("|").split(" | ")
        if line.startswith("| ") and len(cells) > 2:
            named = {
                name
                for cell in (cells[0], cells[2])
                for code in re.findall(r"`([^`]+)`", cell)
                for name in re.findall(r"\w+", code)
            }
            assert named <= words | {"py", "tests"}, line


def names_in(path: Path) -> set[str]:
    return set(re.findall(r"[A-Za-z_]\w*", path.read_text()))
