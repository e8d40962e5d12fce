"""One language: names that the glossary has replaced stand in no identifier, file, column, setting or template.

Read by syntax, so English sentences are free. Left out: migrations, which tell of columns as they were.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

ROOT = Path(__file__).parent.parent
ROOMS = ("task", "celerytask", "tests", "benchmarks")
CODE = ("task/", "celerytask/", "benchmarks/")

# Words of ours that the field has a word for: in no part of any name.
WORDS = {
    "bell", "ring", "rings", "ringing", "rung", "rang", "intake", "knock", "sweep", "sweeps", "sweeper", "swept",
    "plug", "plugged", "pace", "paces", "submission", "door",
}  # fmt: skip
# Whole names.
NAMES = {
    "HandOver", "How", "PartPage", "Refused", "SweepStep", "Temporary", "ask_again", "asked_by", "asked_until",
    "clear_left", "clear_up", "felt_by_all", "give_up_lease", "hand_over", "how_path", "is_left", "is_part",
    "missed_at", "needs_staff", "needs_you", "on_the_desk", "part_template", "perform", "perform_all", "submission_of",
    "take_back", "take_back_all", "take_turn", "tell_mails", "tells_its_failures", "to_fulfil", "told_pauses",
    "vary_by_part",
}  # fmt: skip
# Names that mean too much at once, in the code itself: a test may call its own things so.
OF_CODE = {"how", "look", "looks", "swap", "take", "told"}
# English that happens to look like one of them.
FREE = {"test_a_form_shows_ones_last_submission_of_its_kind"}


def parts_of(name: str) -> set[str]:
    """`RateLimit` and `rate_limit` are rate and limit."""
    return {part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}


def is_old(name: str, where: str) -> bool:
    if name in FREE:
        return False
    return bool(parts_of(name) & WORDS) or name in NAMES or (where.startswith(CODE) and name in OF_CODE)


def identifiers(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname", "rest"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                yield from name.split(".")
        if isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names
        if isinstance(node, ast.ImportFrom):
            yield from (node.module or "").split(".")


def files(*ends: str, rooms: tuple[str, ...] = ROOMS) -> list[Path]:
    found = [path for room in rooms for path in sorted((ROOT / room).rglob("*")) if path.suffix in ends]
    return [path for path in found if not {"migrations", "__pycache__", "vendor"} & set(path.parts)]


def old_in(text: str, where: str) -> set[str]:
    return {name for name in identifiers(ast.parse(text)) if is_old(name, where)}


def old_in_template(text: str, where: str) -> set[str]:
    """Names in `{{ … }}` and `{% … %}`, without what stands in quotes there."""
    tags = " ".join(re.findall(r"\{[{%](.*?)[}%]\}", text, re.DOTALL))
    names = re.findall(r"[A-Za-z_]\w*", re.sub(r"\"[^\"]*\"|'[^']*'", "", tags))
    return {name for name in names if is_old(name, where)}


@pytest.mark.parametrize("room", ROOMS)
def test_no_old_name_is_an_identifier(room):
    found = {}
    for path in files(".py", rooms=(room,)):
        where = path.relative_to(ROOT).as_posix()
        if old := old_in(path.read_text(), where):
            found[where] = sorted(old)
    assert found == {}


def test_no_old_name_is_a_file():
    paths = files(".py", ".html", ".txt", ".js", ".css", rooms=(*ROOMS, "templates", "static"))
    names = [path.relative_to(ROOT) for path in paths]
    old = [str(name) for name in names if any(is_old(part, "") for part in (*name.parts[:-1], name.stem.lstrip("_")))]
    assert old == []


def test_no_old_name_is_a_column_a_table_or_an_index():
    names = set()
    for model in apps.get_models(include_auto_created=True):
        if model.__module__.startswith(("task.", "celerytask.")):
            meta = model._meta
            names |= {meta.model_name, meta.db_table, *(field.attname for field in meta.concrete_fields)}
            names |= {each.name for each in (*meta.indexes, *meta.constraints)}
    assert [name for name in sorted(names) if is_old(name, "task/")] == []


def test_no_old_name_is_a_setting():
    assert [name for name in dir(settings) if name.isupper() and is_old(name.lower(), "task/")] == []


def test_no_old_name_is_in_a_template():
    found = {}
    for path in files(".html", ".txt", rooms=("templates", "tests/templates")):
        if old := old_in_template(path.read_text(), "task/"):
            found[path.name] = sorted(old)
    # `query_url look=…` is an address, which stays.
    assert found == {"_layout.html": ["look"]}


def test_no_text_speaks_of_the_doorbell_that_the_broker_was():
    pages = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    found = [path for path in (*files(".py", rooms=CODE), *pages) if "doorbell" in path.read_text().lower()]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "job.rung",
        "f(rings=1)",
        "def take_back(): ...",
        "class Pace: ...",
        "import task.jobs.bell",
        "from x import sweep",
        "def f(door): ...",
        "try: ...\nexcept E as told: ...",
        "f'{job.rung}'",
        "match x:\n    case y as swap: ...",
    ],
)
def test_an_old_name_is_found(code):
    assert old_in(code, "task/x.py")


def test_an_old_name_is_found_in_a_template_and_words_are_free():
    assert old_in_template("{% if how %}{{ job.rung }}{% endif %}", "task/") == {"how", "rung"}
    assert old_in_template('<p>The bell rings. {% icon "bell" %}</p>', "task/") == set()
    assert old_in('"""The sweep rings."""\nx = "told"  # ring', "task/x.py") == set()
