"""Start a desk of its own and measure it: `python -m benchmarks [part …] [--long]`.

On SQLite, or with DATABASE_URL in a database of its own in that PostgreSQL server, which goes afterwards.
"""

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

PARTS = (
    "engine",
    "users",
    "scan",
    "turns",
    "orders",
    "files",
    "backups",
    "pages",
    "catalogue",
    "dump",
    "api",
    "memory",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=f"some of: {' '.join(PARTS)} (all but memory, when none is named)")
    parser.add_argument("--long", action="store_true", help="also 1,000,000 rows and the memory of 1,000,000 users")
    parser.add_argument("--far", type=float, metavar="MS", help="so far away are DATABASE_URL and CELERY_BROKER_URL")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"There is no part {', '.join(sorted(unknown))}.")
    parts = chosen.parts or [part for part in PARTS if part != "memory" or chosen.long]
    # The desk that is measured, and this process beside it on the same database.
    folder = tempfile.TemporaryDirectory(prefix="desk-bench-")
    os.environ |= {"VAR_DIR": f"{folder.name}/var", "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
    from benchmarks.desk import running_desk
    from tests.own_database import described, own_database
    from tests.storm.lines import through

    table: list[tuple[str, str]] = []
    with ExitStack() as stack:
        stack.enter_context(folder)
        if chosen.far:
            for name in ("DATABASE_URL", "CELERY_BROKER_URL"):  # there and back
                os.environ[name] = through(stack, os.environ[name], chosen.far / 2000)[1]
        address = stack.enter_context(own_database())
        desk = stack.enter_context(running_desk(Path(folder.name), address))
        from benchmarks import measures

        for part in parts:
            print(f"{part}, on {described()} …", file=sys.stderr, flush=True)
            for row in getattr(measures, part)(desk, chosen.long):
                table.append(row)
                print("  " + ": ".join(row), file=sys.stderr, flush=True)
        database = described()
    print(f"| what | measured on {database} |\n|---|---|")
    for what, figure in table:
        print(f"| {what} | {figure} |")


if __name__ == "__main__":
    main()
