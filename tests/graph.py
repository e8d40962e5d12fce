"""The graph of the house: which module imports which, also inside functions, and what templates load and include.

`python -m tests.graph` prints its figures.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
Graph = dict[str, set[str]]

BELOW = ("task.kit", "task.face", "task.jobs")  # what all features stand on, each knowing only those before it
# The floors of the engine; `models` stands between 0 and 1, `services` between 2 and 4.
FLOORS = (
    ("clock", "errors"),
    ("registry", "compare_and_swap"),
    ("guards", "broker", "results"),
    ("enqueue", "transitions"),
    ("run", "maintenance", "consumer"),
    ("lease",),
    ("executor",),
    ("declare", "celery"),
)
FLOOR = {f"task.jobs.engine.{room}": floor for floor, rooms in enumerate(FLOORS) for room in rooms} | {
    "task.jobs.conf": -1,
    "task.jobs.indexed": 0,
    "task.jobs.models": 0.5,
}


def modules() -> dict[str, Path]:
    """Every module of the project by its dotted name, without migrations."""
    found = {}
    for folder in ("celerytask", "task"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in file.parts:
                name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
                found[name.removesuffix(".__init__")] = file
    return found


def imports(known: dict[str, Path]) -> Graph:
    """An arrow from a module to each module of the project that it imports, wherever the import stands.

    Imports for type checkers alone don't count. `from package import module` is an arrow to the module.
    """
    graph: Graph = {}
    for name, file in known.items():
        graph[name] = {target for node in _nodes(file) for target in _targets(node, known)} - {name}
    return graph


def late_imports(file: Path) -> list[int]:
    """The lines of imports inside functions."""
    tree = ast.parse(file.read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = [each for function in functions for each in ast.walk(function)]
    return [node.lineno for node in inside if isinstance(node, ast.Import | ast.ImportFrom)]


def _nodes(file: Path) -> Iterator[ast.AST]:
    """All nodes of a file but those below `if TYPE_CHECKING:`."""
    waiting: list[ast.AST] = [ast.parse(file.read_text())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            waiting += node.orelse
            continue
        yield node
        waiting += ast.iter_child_nodes(node)


def _targets(node: ast.AST, known: dict[str, Path]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in known)
    elif isinstance(node, ast.ImportFrom) and node.module:
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            if inner in known:
                yield inner
            elif node.module in known:
                yield node.module


def circles(graph: Graph) -> list[list[str]]:
    """The groups of modules that reach each other (Tarjan), each of more than one."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for target in sorted(graph.get(name, ())):
            if target not in index:
                visit(target)
                low[name] = min(low[name], low[target])
            elif target in stack:
                low[name] = min(low[name], index[target])
        if low[name] == index[name]:
            group = [stack.pop()]
            while group[-1] != name:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(sorted(group))

    for name in sorted(graph):
        if name not in index:
            visit(name)
    return found


ROOMS = {"carts": "books", "files": "books", "merging": "books"}  # folders of a room, by its app


def template_app(path: str) -> str:
    """The app that a template belongs to; what stands at the top, and the administration's frame, is the face's."""
    folder, slash, _ = path.partition("/")
    if not slash or folder == "admin":
        return "face"
    if folder == "emails" and not path.startswith("emails/pages/"):
        return "email bodies"  # each of the feature that sends it
    return ROOMS.get(folder, folder)


def templates() -> dict[str, set[str]]:
    """For each template what it needs: `{% load %}` libraries as "load name", and the templates it names."""
    found = {}
    for file in sorted((ROOT / "templates").rglob("*")):
        if file.is_file():
            text = file.read_text()
            loads = {f"load {name}" for line in re.findall(r"{% load ([^%]+) %}", text) for name in line.split()}
            names = set(re.findall(r"{% (?:include|extends) \"([^\"]+)\"", text))
            found[file.relative_to(ROOT / "templates").as_posix()] = loads | names
    return found


def height(name: str) -> float:
    """How far up a module stands: kit, face, the floors of the jobs, the features, the project."""
    for place, package in enumerate(BELOW):
        if name == package or name.startswith(f"{package}."):
            return 10 * place + (FLOOR.get(name, 9) if package == "task.jobs" else 0)
    return 30 if name.startswith("task.") else 40


def main() -> None:
    """Files, circles, arrows upwards, and the lines of each room."""
    known = modules()
    graph = imports(known)
    services = 20 + 2.5
    heights = {name: services if name.startswith("task.jobs.services") else height(name) for name in known}
    heights["task.jobs"] = 20.0  # its names are fetched late, when somebody asks for one
    upwards = [(name, target) for name in graph for target in graph[name] if heights[target] > heights[name]]
    say = sys.stdout.write
    say(f"{len(known)} files, {sum(map(len, graph.values()))} arrows, {len(FLOORS)} floors of the engine\n")
    say(f"circles: {len(circles(graph))}, arrows upwards: {len(upwards)}\n")
    lines: dict[str, int] = {}
    for name, file in known.items():
        room = ".".join(name.split(".")[: 3 if name.startswith("task.jobs.") and file.parent.name != "jobs" else 2])
        lines[room] = lines.get(room, 0) + len(file.read_text().splitlines())
    for room, count in sorted(lines.items()):
        say(f"{count:6} {room}\n")


if __name__ == "__main__":
    main()
