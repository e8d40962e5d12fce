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
