"""The code of a canvas and of its tasks, read from what this process runs."""

import inspect
from functools import lru_cache
from textwrap import dedent
from typing import Any

from task.kit.source import Source, highlight, shown_path
from task.playground.canvases import Canvas


@lru_cache(maxsize=32)
def code(canvas: Canvas) -> tuple[Source, ...]:
    """The canvas, and each of its tasks once."""
    parts = [("Canvas", canvas.build), *((task.name, task.run) for task in canvas.tasks)]
    return tuple(_source(part, function) for part, function in parts)


def _source(part: str, function: Any) -> Source:
    lines, first = inspect.getsourcelines(function)
    path = shown_path(inspect.getsourcefile(function))
    return Source(part, path, first, highlight(dedent("".join(lines)), "python"))
