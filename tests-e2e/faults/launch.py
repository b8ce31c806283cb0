"""Start a product process with a planted bug or crash points, from outside: no product file knows of either.

`python launch.py [--plant NAME] [--crash POINT:PERCENT]... [--flaky PERCENT] MODULE ARGUMENTS…`
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import runpy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--plant")
    parser.add_argument("--crash", action="append", default=[])
    parser.add_argument("--flaky", type=float, default=0.0, help="percent of reactions that fail once")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("module")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    chance = random.Random(given.seed + os.getpid())
    points = importlib.import_module("points")
    if given.flaky:
        points.flaky_reactions(chance, given.flaky)
    if given.plant:
        importlib.import_module(f"planted.{given.plant}").plant()
    for crash in given.crash:
        name, _, percent = crash.partition(":")
        points.POINTS[name](chance, float(percent))
    sys.argv = [given.module, *given.arguments]
    runpy.run_module(given.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
