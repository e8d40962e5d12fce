"""`make screenshots`: pictures of every page in var/screenshots, and those of the README in docs/.

`make screenshots ARGS="home books"` makes only the pages whose name has one of these words.
"""

import os
import sys
from pathlib import Path

import pytest


def main(words: list[str]) -> int:
    folder = Path(os.environ.setdefault("SCREENSHOTS", "var/screenshots")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["SCREENSHOTS"] = str(folder)
    os.environ["SCREENSHOTS_ONLY"] = "|".join(words)
    tests = ["tests/browser/test_pages.py::test_every_page_is_clean_at_every_width"]
    if not words:
        os.environ["README_PICTURES"] = "yes"
        tests.append("tests/browser/test_readme.py")
    code = pytest.main([*tests, "-q"])
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures in {folder}\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
