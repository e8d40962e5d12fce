"""How the desk speaks: short, concrete, each thing under one name, in British English. Words that went stay out.

Read are the templates, the texts in the Python code (by its syntax tree, without docstrings), those in the scripts, and
the pages for developers. Where one of the old words is right, `ALLOWED` names the file and says why.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from task.face.drawing.states import STYLES
from tests.processes import ROOT

# A pattern, without regard to case, and what is said instead.
OLD = {
    # Nobody says it
    r"\bshall\b": "will, or the present tense",
    r"\bis like this\b|\blike this (one|name)\b|\bbegins? like this\b": "match",
    r"\b(bring|brings|bringing|brought) (it |one |a backup )?back\b": "restore",
    r"\bstands? (here|below|above|there|already|behind|in the box)\b": "is",
    r"\bgoes? on by (itself|themselves)\b|\bgoes on at\b": "continues, will continue",
    r"\bnothing forgotten\b|\bfills? itself\b|\bHands stay\b|\bfrom strokes to spines\b": "say what it is",
    r"\bsays? so\b|\band not:": "say what it is",
    r"\bone too many\b": "over the limit",
    r"\bonce more\b": "again",
    r"\banew\b": "again",
    r"\bworks? no more\b|\bruns by itself no more\b": "no longer works",
    r"\bon (its|their) way\b": "being sent, we are sending",
    r"\bmet a mistake\b": "hit an error",
    r"\bhas a fault of its own\b": "is having problems (error 500)",
    r"\bdoes not let the desk in\b": "rejected the token",
    r"\b(must|should) look at\b|\bthe staff (must|should)\b": "an administrator needs to check",
    r"\bdo not go together\b": "wrong email address or password",
    r"\bcleared away\b": "deleted, removed",
    r"\blook (into your mailbox|among the spam)\b": "check your email, look in your spam folder",
    r"\bthe same password once\b|\bpassword until now\b": "confirm password, current password",
    r"\b(?<!member )(?<!members )of (the )?staff\b": "staff, a member of staff",
    r"\bplease (look|choose|check)\b": "say what to do, without please",
    # A thing has one name
    r"\balready here\b|\bis not here any more\b": "in the catalogue, no longer in the catalogue",
    r"\bbad isbns?\b": "refused",
    r"\b(waits?|waiting) for its title\b": "looking up",
    r"\bno source kn(ows|ew)\b|\bwithout a title\b": "not found",
    r"\b(is|are|books?|was|were) filled\b|\bfilled from\b": "found",
    r"\blooks? it up again\b": "try again",
    r"\b(copy|copies) (is|are) free\b|\bcopies free\b|\bfree again\b": "available",
    r"\bwhat was asked\b|\basked for it\b|\bthe desk asked\b|\bthings? (you )?sent\b": "job, requested",
    r"\bsent by\b(?! the job)": "requested by",
    r"\bhow far\b": "progress",
    r"\btaken by a worker\b": "attempts",
    r"\bnothing was counted\b": "(nothing)",
    r"\bwhat came after\b": "follow-up jobs",
    r"\bneeds? you\b": "needs attention",
    r"\bleave it\b(?! empty)|\bput away\b": "dismiss",
    r"\bto be fulfilled\b": "orders to fulfil",
    r"\b(last|no|a|each) good (one|backup)\b|\bcalled good\b|\bgood backups?\b": "verified",
    r"\bdue times?\b": "run",
    r"\bthe desk['’]s( own)?( work)?(?= (jobs?|alone|work)\b|[.,”\"']|$)": "automatic",
    r"\bon the desk now\b": "running",
    r"\bwaits for a worker\b": "waiting for a worker",
    r"\bsomebody who is gone\b": "a deleted account",
    # British English
    r"\bcatalog(s|ed|ing)?\b": "catalogue",
    r"\bcancel(ed|ing)\b": "cancelled, cancelling",
    r"(?<![\w\"'-])colors?\b(?![-:=])": "colour",
    r"\bfulfill(s)?\b": "fulfil",
    r"\b(behavior|favorite|organiz|recogniz|customiz|initializ|summariz|apologiz)": "behaviour, -ise",
    r"\b(labeled|traveler|gray)\b": "labelled, traveller, grey",
}
# Where such a word is right: the end of the file's path, a part of the text, and why.
ALLOWED = [
    ("task/face/style.py", "winter’s night a traveler", "the title of a book"),
    ("task/playground/statuses.py", "cleared away", "the word of a state, which is not deleted but out of date"),
    ("templates/playground/_band.html", "cleared away", "the same"),
]


def python_texts(path: Path) -> Iterator[tuple[int, str]]:
    tree = ast.parse(path.read_text())
    bodies = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, bodies) and node.body and isinstance(node.body[0], ast.Expr)
    }
    inner = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inner |= {id(part) for part in ast.walk(node)}
            yield (
                node.lineno,
                "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values),
            )
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | inner:
            yield node.lineno, node.value


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    yield from enumerate(text.splitlines(), 1)


def without(pattern: str, text: str) -> str:
    """With as many lines as before."""
    return re.sub(pattern, lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    match path.suffix:
        case ".py":
            yield from python_texts(path)
        case ".js":
            yield from lines_of(re.sub(r"(?m)(^|\s)//.*$", "", path.read_text()))
        case ".html" | ".txt":
            yield from lines_of(without(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", path.read_text()))
        case _:
            yield from lines_of(path.read_text())


def newest_changes() -> str:
    """The top of the changelog: what is older was said as it was."""
    return "\n## ".join((ROOT / "CHANGELOG.md").read_text().split("\n## ")[:2])


def read() -> Iterator[tuple[str, int, str]]:
    """(file, line, text) of all that people read."""
    found = [
        *(ROOT / "templates").rglob("*.html"),
        *(ROOT / "templates").rglob("*.txt"),
        *(ROOT / "static/js").glob("*.js"),
    ]
    for room in ("task", "celerytask"):
        found += [path for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts]
    for path in sorted(
        [*found, ROOT / "README.md", ROOT / "docs/deploy.md", ROOT / "docs/engine.md", ROOT / "docs/webhooks.md"]
    ):
        where = path.relative_to(ROOT).as_posix()
        for line, text in texts_of(path):
            yield where, line, text
    for line, text in lines_of(newest_changes()):
        yield "CHANGELOG.md", line, text


def is_allowed(where: str, text: str) -> bool:
    return any(where == path and part in text for path, part, _ in ALLOWED)


def old_words(text: str) -> list[str]:
    return [
        f"{found[0]} → {better}"
        for pattern, better in OLD.items()
        if (found := re.search(pattern, text, re.IGNORECASE))
    ]


def test_no_old_word_is_read_anywhere() -> None:
    found = [
        f"{where}:{line}: {', '.join(words)}: {text.strip()[:120]}"
        for where, line, text in read()
        if (words := old_words(text)) and not is_allowed(where, text)
    ]
    assert not found, "\n" + "\n".join(found)


def test_each_exception_is_still_needed() -> None:
    texts = list(read())
    for path, part, why in ALLOWED:
        assert any(where == path and part in text and old_words(text) for where, _, text in texts), f"{path}: {why}"


@pytest.mark.parametrize(
    "text",
    [
        "On the machine where the desk shall run",
        "Nobody is like this.",
        "No book here begins like this.",
        "Bringing one back",
        "9780451524935 is already here.",
        "Look it up again",
        "Last good one: yesterday",
        "How far",
        "1 copy is free",
        "It goes on by itself at 41.",
        "The desk’s",
        "Leave it",
        "The order was canceled.",
        "The local catalog",
        "Choose a color.",
    ],
)
def test_an_old_word_is_found(text: str) -> None:
    assert old_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "Leave it empty.",
        "The desk's time zone is UTC.",
        "Sent by the job “Welcome email”.",
        'meta name="color-scheme"',
        "background-color: var(--paper)",
        "No users match “shallow”.",
        "Stopping after this step",
    ],
)
def test_what_only_looks_like_one_is_free(text: str) -> None:
    assert old_words(text) == []


def test_what_is_no_text_is_not_read(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text('"""A book shall be found."""\nx = f"{a} shall"\n# shall\n')
    assert list(texts_of(code)) == [(2, "… shall")]
    page = tmp_path / "page.html"
    page.write_text("{# shall\n#}\n<p>shall</p>")
    assert [line for line, text in texts_of(page) if old_words(text)] == [3]
    script = tmp_path / "script.js"
    script.write_text('// shall\nsay("shall"); // shall\n')
    assert [line for line, text in texts_of(script) if old_words(text)] == [2]


def test_each_state_has_one_word_and_pages_show_it() -> None:
    """The words stand at each `State`; a value that is stored and shown as another word has no look."""
    states = [(model.__name__, getattr(model, "State", None)) for model in apps.get_models()]
    for name, state in states:
        assert {str(word) for _, word in getattr(state, "choices", ())} <= STYLES.keys(), name
    assert not {"filled", "good", "already here", "bad isbn"} & STYLES.keys()
    for path in (ROOT / "templates").rglob("*.html"):
        assert not re.search(r"\{% state (book|backup|last|one)\.state %\}", path.read_text()), path


def messages_of(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "messages":
                yield node


def test_no_message_tells_a_person_an_identifier() -> None:
    for path in (ROOT / "task").rglob("views.py"):
        for call in messages_of(path):
            told = [part for each in call.args[1:2] if isinstance(each, ast.JoinedStr) for part in ast.walk(each)]
            assert not [part for part in told if isinstance(part, ast.Attribute) and part.attr in ("pk", "id")], path
