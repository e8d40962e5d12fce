"""The code of README and docs: each block with a file's name in its first line is that file of a project of its own.

An app of the page is called `example_…` there, so that it is no other than one that somebody really adds.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.processes import ROOT

BLOCK = re.compile(r"```(?:python|html)\n(?:# |<!-- )(\S+?)(?: -->)?\n(.*?)```", re.DOTALL)
SETTINGS = """
from tests.settings import *
INSTALLED_APPS = [*INSTALLED_APPS, "{app}"]
ROOT_URLCONF = "{app}_urls"
"""


def files_of(page: str, app: str) -> dict[str, str]:
    """The page's files by their names; every block of Python or HTML is one."""
    text = (ROOT / page).read_text()
    found = BLOCK.findall(text)
    assert len(dict(found)) == text.count("```python") + text.count("```html")
    return {as_example(name, app): as_example(code, app) for name, code in found}


def as_example(text: str, app: str) -> str:
    """With the app's own name in its paths, imports and quotes; its words stay."""
    return re.sub(rf"(?<=\bfrom ){app}(?= import)|\b{app}(?=[./]\w)|(?<=\"){app}(?=\")", f"example_{app}", text)


def project(folder: Path, app: str, files: dict[str, str]) -> dict[str, str]:
    """Writes a project that is the desk and one app more, and returns its environment."""
    own = {
        f"{app}_settings.py": SETTINGS.format(app=app),
        "tests/conftest.py": "from tests.conftest import *",  # what all tests of the desk share
    }
    for name, text in {**own, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        for package in path.relative_to(folder).parents:
            if package.parts[:1] == (app,) and "templates" not in package.parts:
                (folder / package / "__init__.py").touch()
    return {
        "DJANGO_SETTINGS_MODULE": f"{app}_settings",
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
        "VAR_DIR": str(folder),  # its test database is not the one of these tests
        "TEST_RUN_DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
    }


def run(folder: Path, env: dict[str, str], *words: str, seconds: float = 120) -> str:
    """What Python says; it must end well."""
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env={**os.environ, **env}, capture_output=True, text=True, timeout=seconds
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_tests(folder: Path, env: dict[str, str], path: str) -> str:
    return run(folder, env, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(folder), "-q", path, seconds=300)


def check_types(folder: Path, app: str, files: dict[str, str]) -> None:
    """By the mypy of this project."""
    config = (ROOT / "pyproject.toml").read_text()
    config = config[config.index("[tool.mypy]") :].replace("tests.settings", f"{app}_settings")
    env = project(folder, app, {**files, "pyproject.toml": config})
    (folder / "tests/conftest.py").unlink()
    run(
        folder, {**env, "MYPYPATH": str(ROOT)}, "-m", "mypy", "--cache-dir", os.devnull, app, f"tests/{app}",
        seconds=300,
    )  # fmt: skip
