"""`make screenshots`: pictures of every page in var/screenshots. Arguments are pytest's."""

import os
import sys
from pathlib import Path

import pytest


def main() -> int:
    folder = Path(os.environ.setdefault("SCREENSHOTS", "var/screenshots")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["SCREENSHOTS"] = str(folder)
    code = pytest.main(["tests/browser/test_pages.py", "-q", *sys.argv[1:]])
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures in {folder}\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
