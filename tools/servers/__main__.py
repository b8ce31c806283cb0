"""python -m tools.servers doctor | find NAME | fetch NAME…"""

from __future__ import annotations

import argparse
import shutil
import sys

from deploy.embedded.programs import NoPostgres, find_build, run_as
from tools.servers.fetching import find_or_fetch
from tools.servers.for_tests import docker_answers
from tools.servers.programs import CATALOGUE, ROOT, ProgramMissing, find, look_for

_MISSING, _FOUND = "missing", "ok"


def main(words: list[str]) -> int:
    """Run one command; 0 when all is well, 1 when something it was asked for is missing."""
    parser = argparse.ArgumentParser(prog="python -m tools.servers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("doctor", help="what this machine has, and what to do about what it has not")
    for command, what in (("find", "print the path of a program"), ("fetch", "unpack programs without root")):
        commands.add_parser(command, help=what).add_argument("names", nargs="+", choices=sorted(CATALOGUE))
    asked = parser.parse_args(words)
    try:
        if asked.command == "doctor":
            return doctor()
        for name in asked.names:
            found = find(name) if asked.command == "find" else find_or_fetch(name)
            print(found.path if asked.command == "find" else f"{name}: {found.path} ({found.origin})")
    except ProgramMissing as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


def doctor() -> int:
    """Print one line per thing the platform or its tests need. Only what `make run` needs decides the exit status."""
    wrong = 0
    print(f"{_FOUND:8}python      {sys.version.split()[0]}")
    try:
        build = find_build()
        how = run_as(build, ROOT / ".run" / "data")
        print(
            f"{_FOUND:8}postgresql  {build.major} from {build.bin_dir}{' as root, through ' + ' '.join(how.prefix) if how.prefix else ''}"
        )
    except NoPostgres as trouble:
        wrong += 1
        print(f"{_MISSING:8}postgresql  {trouble}")
    free = shutil.disk_usage(ROOT).free // 2**20
    if free < 1024:
        wrong += 1
        print(f"{_MISSING:8}disk        only {free} MB free here; 1024 MB are wanted")
    else:
        print(f"{_FOUND:8}disk        {free // 1024} GB free")
    print(
        f"{_FOUND if docker_answers() else 'no':8}docker      {'an engine answers' if docker_answers() else 'no engine; private servers are used instead'}"
    )
    for program in CATALOGUE.values():
        found = look_for(program.name)
        if found is None:
            print(f"{'no':8}{program.name:12}{program.purpose}: python -m tools.servers fetch {program.name}")
        else:
            print(f"{_FOUND:8}{program.name:12}{found.path} ({found.origin})")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
