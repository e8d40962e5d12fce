"""The one stylesheet is what bin/css makes of its sources."""

import importlib.machinery
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def css() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("bin_css", str(ROOT / "bin/css"))
    spec = importlib.util.spec_from_loader("bin_css", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_site_css_is_fresh(css: ModuleType) -> None:
    assert css.SITE.read_text() == css.made(), "static/css/site.css is stale: run `make css`"


def test_what_is_not_needed_goes(css: ModuleType) -> None:
    source = (
        '@charset "utf-8";a{color:red}.used,.gone{content:"}"}.gone{b:c}@media (min-width:1px){.gone{d:e}.used{f:g}}'
        "@media print{.used{h:i}}@keyframes k{to{j:k}}"
    )
    assert css.needed(source, {"used"}) == 'a{color:red}.used{content:"}"}@media (min-width:1px){.used{f:g}}'


def test_variables_that_nothing_reads_go(css: ModuleType) -> None:
    source = ":root{--bs-a:var(--bs-b);--bs-b:1;--bs-c:url(data:x;y);--bs-d:2}p{margin:var(--bs-c)}"
    assert css.pruned(source, "div{padding:var(--bs-d)}") == ":root{--bs-c:url(data:x;y);--bs-d:2}p{margin:var(--bs-c)}"


def test_nothing_is_lost_by_squeezing(css: ModuleType) -> None:
    source = ".a :focus > b,\n  i { margin: calc(1px + 2px) 0; /* gone */ }\n@media (max-width: 2px) { p { a: b; } }"
    assert css.squeezed(source) == ".a :focus>b,i{margin:calc(1px + 2px) 0}@media (max-width: 2px){p{a:b}}\n"


def test_every_class_of_ours_is_known_to_the_stylesheet_or_only_a_handle(css: ModuleType) -> None:
    """A class that a template has and no rule knows is a slip of the pen."""
    ruled = set(css.CLASS.findall(css.SITE.read_text()))
    handles = {"small-only", "wide-only", "inline", "word", "fill", "lit", "k", "s", "c"}
    found = set()
    for path in (ROOT / "templates").glob("**/*.html"):
        if "emails" not in path.parts:
            for value in re.findall(r'class="([^"{]*)"', path.read_text()):
                found |= set(value.split())
    assert found - ruled - handles <= set(), sorted(found - ruled - handles)


def unwritten(css: ModuleType, rules: str) -> set[str]:
    """The classes that `rules` have and nothing writes: whole (`class="rows"`), or in parts (`state-{}`, "done")."""
    python = [file.read_text() for room in ("celerytask", "task") for file in sorted((ROOT / room).rglob("*.py"))]
    pages = [file.read_text() for file in sorted((ROOT / "templates").rglob("*.html")) if "emails" not in file.parts]
    drawn = [*(ROOT / "task/face/drawing").glob("*.py"), ROOT / "task/kit/source.py"]
    drawing = [file.read_text() for file in drawn]
    strings = r"\"([\w-]+)\"|\b(\d+)\b"

    def found(pattern: str, texts: list[str]) -> set[str]:
        return {word for text in texts for match in re.finditer(pattern, text) for word in match.groups() if word}

    whole = css.words() | found(strings, drawing) | found(r"block band_class %\}[^{]*(?:\{%[^%]*%\})? ([\w-]+)", pages)
    endings = found(strings, python + pages)
    parts = {first + last for first in whole if first.endswith("-") for last in endings}
    return set(css.CLASS.findall(selectors(css, rules))) - whole - parts


def selectors(css: ModuleType, rules: str) -> str:
    """What stands before the braces: a figure such as `.5rem` within them is no class."""
    found = ""
    for before, inside in css.blocks(re.sub(r"/\*.*?\*/", "", rules, flags=re.S)):
        found += selectors(css, inside) if before.startswith(("@media", "@supports")) else f"{before}\n"
    return found


def test_every_class_of_the_stylesheet_is_written_somewhere(css: ModuleType) -> None:
    """A rule whose class no template, script or drawing has is dead."""
    for file in [css.DESK, *css.FEATURES.glob("*.css")]:
        assert unwritten(css, file.read_text()) == set(), file.name


def test_a_dead_class_is_found(css: ModuleType) -> None:
    rules = (
        ".rows > li, .state-done { top: .5rem } .cover-89 .facet, .cover-88 { a: b } @media print { .state-x { a: b } }"
    )
    assert unwritten(css, rules) == {"facet", "cover-88", "state-x"}
