"""The stylesheets are Bootstrap's own and ours; between the pages and ours no class is without its other half."""

import re
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOOTSTRAP = ROOT / "static/vendor/bootstrap/bootstrap.min.css"
DESK = ROOT / "static/css/desk.css"
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
# Where classes are written, and how
SOURCES = {
    "templates/**/*.html": r'(?:class|look)="([^"]*)"',
    "task/face/drawing/*.py": r'class="([^"]*)"',
    "static/js/*.js": r'"([^"\n]*)"',
    "task/*/forms.py": r'"class": "([^"]*)"',
}
# What crispy's Bootstrap 5 templates write into a page, and our rules have
CRISPY = {
    "alert", "alert-danger", "asteriskField",
    "col-form-label", "form-select", "mb-3",
}  # fmt: skip


def classes(css: str) -> set[str]:
    """Those that stand before braces: a figure such as `.5rem` within them is no class."""
    css = re.sub(r"/\*.*?\*/|\"[^\"]*\"|url\([^)]*\)", "", css, flags=re.DOTALL)
    return {name for before in re.findall(r"([^{};]+)\{", css) for name in CLASS.findall(before)}


def is_email(path: Path) -> bool:
    """Whether it is the body of an email, which has its styles inline, and no page."""
    return path.parent.name == "emails"


def written() -> set[str]:
    """Every word that may be a class."""
    values: list[str] = []
    for pattern, how in SOURCES.items():
        for path in ROOT.glob(pattern):
            values += re.findall(how, path.read_text())
    return set(re.findall(r"[A-Za-z_][\w-]*", " ".join(values)))


def test_bootstrap_is_as_it_was_published() -> None:
    said = (ROOT / "static/vendor/README.md").read_text()
    assert sha256(BOOTSTRAP.read_bytes()).hexdigest() in said


def test_every_class_of_ours_is_known_to_a_stylesheet_or_only_a_handle() -> None:
    """A class that a template has and no rule knows is a slip of the pen."""
    ruled = classes(BOOTSTRAP.read_text()) | classes(DESK.read_text())
    handles = {"small-only", "wide-only", "inline", "word", "fill", "lit", "k", "s", "c"}
    found = set()
    for path in (ROOT / "templates").glob("**/*.html"):
        if not is_email(path):
            for value in re.findall(r'class="([^"{]*)"', path.read_text()):
                found |= set(value.split())
    assert found - ruled - handles <= set(), sorted(found - ruled - handles)


def unwritten(rules: str) -> set[str]:
    """The classes that `rules` have and nothing writes: whole (`class="rows"`), or in parts (`state-{}`, "done")."""
    python = [file.read_text() for room in ("celerytask", "task") for file in sorted((ROOT / room).rglob("*.py"))]
    pages = [file.read_text() for file in sorted((ROOT / "templates").rglob("*.html")) if not is_email(file)]
    drawn = [*(ROOT / "task/face/drawing").glob("*.py"), ROOT / "task/kit/source.py"]
    drawing = [file.read_text() for file in drawn]
    strings = r"\"([\w-]+)\"|\b(\d+)\b"

    def found(pattern: str, texts: list[str]) -> set[str]:
        return {word for text in texts for match in re.finditer(pattern, text) for word in match.groups() if word}

    whole = written() | CRISPY | found(strings, drawing)
    whole |= found(r"block band_class %\}[^{]*(?:\{%[^%]*%\})? ([\w-]+)", pages)
    endings = found(strings, python + pages)
    parts = {first + last for first in whole if first.endswith("-") for last in endings}
    return classes(rules) - whole - parts


def test_every_class_of_the_stylesheet_is_written_somewhere() -> None:
    """A rule whose class no template, script or drawing has is dead."""
    assert unwritten(DESK.read_text()) == set()


def test_a_dead_class_is_found() -> None:
    rules = ".rows > li { top: .5rem } .cover-89 .lectern, .cover-88 { a: b } @media print { .state-zz { a: b } }"
    assert unwritten(rules) == {"lectern", "cover-88", "state-zz"}


def test_every_static_file_that_a_template_names_is_there() -> None:
    """On a desk that collects its files with hashes, one that is missing makes the page a 500."""
    named = {
        (path.name, name)
        for path in (ROOT / "templates").rglob("*")
        if path.is_file()
        for name in re.findall(r"{% static [\"']([^\"']+)[\"'] %}", path.read_text())
    }
    assert len(named) > 10
    assert [each for each in sorted(named) if not (ROOT / "static" / each[1]).is_file()] == []
