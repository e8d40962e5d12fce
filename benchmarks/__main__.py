"""Start a desk of its own and measure it: `python -m benchmarks [part …] [--long]`."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

PARTS = ("engine", "users", "scan", "turns", "orders", "backups", "pages", "memory")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"some of: {' '.join(PARTS)} (all but memory, when none is named)")
    parser.add_argument("--long", action="store_true", help="also 1,000,000 rows and the memory of 1,000,000 users")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"There is no part {', '.join(sorted(unknown))}.")
    parts = chosen.parts or [part for part in PARTS if part != "memory" or chosen.long]
    # The desk that is measured, and this process beside it on the same database.
    folder = tempfile.TemporaryDirectory(prefix="desk-bench-")
    os.environ |= {"VAR_DIR": f"{folder.name}/var", "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
    from benchmarks.desk import running_desk

    table: list[tuple[str, str]] = []
    with folder, running_desk(Path(folder.name)) as desk:
        from benchmarks import measures

        for part in parts:
            print(f"{part} …", file=sys.stderr, flush=True)
            for row in getattr(measures, part)(desk, chosen.long):
                table.append(row)
                print("  " + ": ".join(row), file=sys.stderr, flush=True)
    print("| what | measured |\n|---|---|")
    for what, figure in table:
        print(f"| {what} | {figure} |")


if __name__ == "__main__":
    main()
