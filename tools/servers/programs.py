"""Outside programs that are no Python package: where each is found on this machine, and which packages bring it."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class ProgramMissing(RuntimeError):
    """An outside program is not on this machine; the message says what to do."""


@dataclass(frozen=True)
class Program:
    """One outside program: its Debian packages, and where its executable may stand below a root folder."""

    name: str
    purpose: str
    packages: tuple[str, ...]
    paths: tuple[str, ...]
    override: str
    # Packages to unpack even where the system has them: parts that only work when they stand together.
    together: re.Pattern[str] | None = None
    relocate: tuple[str, ...] = field(default=())


CATALOGUE = {
    program.name: program
    for program in (
        Program(
            "rabbitmq",
            "the broker of `make test`, `make faults` and `make bench`",
            ("rabbitmq-server",),
            # Not /usr/sbin/rabbitmq-server: Debian's wrapper insists on being root or its own account.
            (
                "usr/lib/rabbitmq/bin/rabbitmq-server",
                "opt/homebrew/sbin/rabbitmq-server",
                "usr/local/sbin/rabbitmq-server",
            ),
            "RABBITMQ_BIN",
            re.compile(r"^(rabbitmq-server|erlang-[a-z0-9-]+)$"),
            ("usr/lib/erlang/bin/erl", "usr/lib/erlang/erts-*/bin/erl"),
        ),
        Program(
            "nginx",
            "the plain proxy `make bench` measures the gateway against",
            ("nginx",),
            ("usr/sbin/nginx",),
            "NGINX_BIN",
        ),
        Program("wrk", "the load generator of `make bench`", ("wrk",), ("usr/bin/wrk",), "WRK_BIN"),
        Program(
            "chromium",
            "the browser of `make e2e`",
            ("chromium",),
            ("usr/lib/chromium/chromium", "usr/bin/chromium", "usr/bin/chromium-browser", "usr/bin/google-chrome"),
            "CHROMIUM_BIN",
        ),
    )
}


@dataclass(frozen=True)
class Found:
    """An executable, the environment it needs beyond ours, and where it came from in words."""

    path: Path
    environment: dict[str, str]
    origin: str


def programs_dir() -> Path:
    """Where unpacked programs stand: PROGRAMS_DIR, else `.run/programs` in the repository."""
    return Path(os.environ.get("PROGRAMS_DIR") or ROOT / ".run" / "programs").resolve()


def look_for(name: str) -> Found | None:
    """Where program `name` is: given by its variable, unpacked by us, installed by the system; else None."""
    program = CATALOGUE[name]
    if given := os.environ.get(program.override):
        if not Path(given).is_file():
            raise ProgramMissing(f"{program.override}={given} is no file")
        return Found(Path(given), {}, f"given by {program.override}")
    own = programs_dir() / name
    for path in program.paths:
        if (own / path).is_file():
            return Found(own / path, unpacked_environment(own), "unpacked by us")
    for path in program.paths:
        if (Path("/") / path).is_file():
            return Found(Path("/") / path, {}, "installed")
    if on_path := shutil.which(program.packages[0]):
        return Found(Path(on_path), {}, "installed")
    return None


def find(name: str) -> Found:
    """Like `look_for`, but raises ProgramMissing with what to do."""
    found = look_for(name)
    if found is None:
        program = CATALOGUE[name]
        raise ProgramMissing(
            f"{name} is missing ({program.purpose}). One of these helps:\n"
            f"  python -m tools.servers fetch {name}        (Debian, Ubuntu: unpacks it into {programs_dir()}, no root)\n"
            f"  install the package {' '.join(program.packages)} with your system's package manager\n"
            f"  set {program.override} to its executable"
        )
    return found


def unpacked_environment(root: Path) -> dict[str, str]:
    """PATH and library path for programs that were unpacked below `root` instead of installed."""
    triples = [folder for pattern in ("usr/lib/*-linux-*", "lib/*-linux-*") for folder in sorted(root.glob(pattern))]
    # Some packages keep libraries one folder deeper and rely on a search path compiled in, which unpacking makes untrue.
    deeper = sorted({library.parent for folder in triples for library in folder.glob("*/lib*.so*")})
    libraries = [str(folder) for folder in (*triples, *deeper)]
    commands = [
        str(root / folder) for folder in ("usr/lib/erlang/bin", "usr/sbin", "usr/bin") if (root / folder).is_dir()
    ]
    environment = {"PATH": ":".join([*commands, "/usr/sbin", "/usr/bin", "/sbin", "/bin"])}
    if libraries:
        environment["LD_LIBRARY_PATH"] = ":".join(libraries)
    return environment
