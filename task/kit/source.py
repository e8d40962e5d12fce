"""Source code as a page shows it: only files of the project, never its settings, with three colours."""

import site
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Source:
    """A piece of a file: `part` says what it is in the whole (“Form”), `line` is its first, `html` is coloured."""

    part: str
    path: str
    line: int
    html: SafeString

    @property
    def tab(self) -> str:
        return Path(self.path).name


def shown_path(file: str | None) -> str:
    """The file's path inside the project, for people; "" for one that is not to be shown.

    Shown are .py and .html files of the project and its apps: no settings, no data, no installed package.
    """
    if not file:
        return ""
    path = Path(file).resolve()
    if path.suffix not in (".py", ".html") or _is_settings(path) or _is_foreign(path):
        return ""
    for root in _roots():
        if path.is_relative_to(root):
            inside = path.relative_to(root)
            return "" if any(part.startswith(".") for part in inside.parts) else inside.as_posix()
    return ""


def _is_settings(path: Path) -> bool:
    module = sys.modules.get(getattr(settings, "SETTINGS_MODULE", None) or "")
    own = getattr(module, "__file__", None)
    return "settings" in {*path.parts, path.stem} or (own is not None and path == Path(own).resolve())


def _is_foreign(path: Path) -> bool:
    """Python's own files and those of installed packages (also where .venv lies inside the project), and our data."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = [
        *(sysconfig.get_path(name) for name in names),
        *site.getsitepackages(),
        getattr(settings, "VAR_DIR", None),
    ]
    if {"site-packages", "dist-packages"} & set(path.parts):
        return True
    return any(path.is_relative_to(Path(folder).resolve()) for folder in folders if folder)


def _roots() -> Iterator[Path]:
    """The project's folder; and for an app elsewhere the folder that it is imported from."""
    if base := getattr(settings, "BASE_DIR", None):
        yield Path(base).resolve()
    for app in apps.get_app_configs():
        yield Path(app.path).resolve().parents[app.name.count(".")]


def highlight(text: str, language: str) -> SafeString:
    """`text` as safe HTML with three classes: k (keywords), s (strings), c (comments). `language`: django or python.

    Without Pygments the plain words, escaped.
    """
    try:
        from pygments.lexers import HtmlDjangoLexer, PythonLexer
        from pygments.token import Comment, Keyword, Name, Operator, String
    except ImportError:
        return escape(text)
    classes = (
        ("k", (Keyword, Operator.Word, Name.Decorator, Comment.Preproc)),
        ("c", (Comment, String.Doc)),
        ("s", (String,)),
    )

    def css_class(token: Any) -> str:
        return next((name for name, kinds in classes if any(token in kind for kind in kinds)), "")

    lexer = (HtmlDjangoLexer if language == "django" else PythonLexer)(stripnl=False, ensurenl=False)
    runs = groupby(lexer.get_tokens(text.rstrip("\n")), key=lambda pair: css_class(pair[0]))
    pieces = ((name, "".join(words for _, words in run)) for name, run in runs)
    return format_html_join("", "{}", ((_piece(name, words),) for name, words in pieces))


def _piece(name: str, words: str) -> SafeString:
    return format_html('<span class="{}">{}</span>', name, words) if name and words.strip() else escape(words)
