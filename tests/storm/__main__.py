"""A desk under load and faults: `python -m tests.storm --seed 7`, or `--seed 1 --to 20` for one after the other.

The plan of the faults and what people send are made from the seed. With `--services` it runs on the PostgreSQL and the
RabbitMQ that TEST_DATABASE_URL and TEST_QUORUM_URL name, else on what `manage.py up` embeds. Ends with 1 when
something was lost, doubled or is stuck, and says what; the desk's folder is kept then.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.storm.host import unmount
from tests.storm.run import HEAD, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--to", type=int, help="all seeds up to this one, each in a process of its own")
    parser.add_argument("--faults", type=int, default=14)
    parser.add_argument("--seconds", type=float, default=45, help="in which they happen and people work")
    parser.add_argument("--services", action="store_true")
    chosen = parser.parse_args()
    if chosen.to:
        options = ["--faults", str(chosen.faults), "--seconds", str(chosen.seconds), *["--services"] * chosen.services]
        print(HEAD, flush=True)
        return max(
            subprocess.call([sys.executable, "-m", "tests.storm", "--seed", str(seed), *options])
            for seed in range(chosen.seed, chosen.to + 1)
        )
    names = ("TEST_DATABASE_URL", "TEST_QUORUM_URL") if chosen.services else ()
    addresses = [os.environ[name] for name in names] or ["", ""]
    folder = Path(tempfile.mkdtemp(prefix="desk-storm-"))
    outcome = run(
        folder, chosen.seed, faults=chosen.faults, seconds=chosen.seconds, database=addresses[0], broker=addresses[1]
    )
    print(outcome.as_row(), flush=True)
    for problem in [*outcome.problems[:20], *(f"(not done) {missed}" for missed in outcome.missed)]:
        print(f"  {problem}", file=sys.stderr)
    if outcome.problems:  # its disk goes with this process
        kept = shutil.copytree(folder, f"{folder}-kept", ignore=shutil.ignore_patterns("*.sock"))
        print(f"  The desk is in {kept}.", file=sys.stderr)
    unmount(folder)
    shutil.rmtree(folder)
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    sys.exit(main())
