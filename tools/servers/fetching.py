"""Debian packages downloaded and unpacked into a folder of ours: no root, no service started, no account made."""

from __future__ import annotations

import fcntl
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.servers.programs import CATALOGUE, Found, Program, ProgramMissing, look_for, programs_dir

_INSTALL_LINE = re.compile(r"^Inst (\S+) ", re.MULTILINE)
_PACKAGE_NAME = re.compile(r"^[a-z0-9][a-z0-9+.-]+$")


def find_or_fetch(name: str, say: Callable[[str], None] = print) -> Found:
    """Where program `name` is; unpacks it first where it is missing and this is Debian or Ubuntu.

    Raises ProgramMissing with what to do where that is impossible. Two callers at once fetch it once.
    """
    found = look_for(name)
    if found is not None:
        return found
    program = CATALOGUE[name]
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise ProgramMissing(
            f"{name} is missing ({program.purpose}), and this is no Debian or Ubuntu to unpack it from:"
            f" install it with your system's package manager, or set {program.override} to its executable"
        )
    with _only_one(programs_dir() / f"{name}.lock"):
        if (found := look_for(name)) is None:
            _fetch(program, programs_dir() / name, say)
            found = look_for(name)
    if found is None:
        raise ProgramMissing(f"the packages of {name} were unpacked, but none of {program.paths} is in them")
    return found


def _fetch(program: Program, target: Path, say: Callable[[str], None]) -> None:
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix=f"{program.name}-", dir=target.parent) as room:
        apt = _Apt(Path(room))
        apt.run("apt-get", "update")
        names = apt.wanted(program)
        say(f"{program.name}: downloading {len(names)} packages")
        packages = apt.download(names)
        staged = Path(room) / "root"
        for package in packages:
            subprocess.run(["dpkg-deb", "-x", package, staged], check=True)
        _relocate(program, staged, target)
        staged.rename(target)
    say(f"{program.name}: unpacked into {target} in {time.perf_counter() - began:.0f} s")


class _Apt:
    """The package tools with lists and caches of their own, so that neither root nor the system's state is needed."""

    def __init__(self, room: Path) -> None:
        self._room = room
        for folder in ("lists/partial", "cache/archives/partial", "packages"):
            (room / folder).mkdir(parents=True)
        self._options = [
            word
            for setting in (
                f"Dir::State::lists={room}/lists",
                f"Dir::Cache={room}/cache",
                "Debug::NoLocking=1",
                f"APT::Sandbox::User={pwd.getpwuid(os.geteuid()).pw_name}",
            )
            for word in ("-o", setting)
        ]

    def run(self, tool: str, *words: str, cwd: Path | None = None) -> str:
        done = subprocess.run([tool, "-qq", *self._options, *words], capture_output=True, text=True, cwd=cwd)
        if done.returncode:
            raise ProgramMissing(f"{tool} {' '.join(words[:3])} failed:\n{done.stderr[-800:]}")
        return done.stdout

    def wanted(self, program: Program) -> list[str]:
        """What an installation would add, as the package tool itself solves it; and all parts that must stand together."""
        names = set(
            _INSTALL_LINE.findall(
                self.run("apt-get", "-s", "-q=1", "--no-install-recommends", "install", *program.packages)
            )
        )
        if program.together is not None:
            quiet = ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
            listed = self.run(
                "apt-cache", "depends", "--recurse", *[f"--no-{kind}" for kind in quiet], *program.packages
            )
            names.update(name for name in listed.split() if _PACKAGE_NAME.match(name) and program.together.match(name))
        return sorted(names)

    def download(self, names: list[str]) -> list[Path]:
        self.run("apt-get", "download", *names, cwd=self._room / "packages")
        return sorted((self._room / "packages").glob("*.deb"))


def _relocate(program: Program, staged: Path, target: Path) -> None:
    """Scripts that know the folder they were built for learn the one they stand in."""
    for pattern in program.relocate:
        for script in staged.glob(pattern):
            text = script.read_text("utf-8")
            script.write_text(text.replace("ROOTDIR=/usr/lib/erlang", f"ROOTDIR={target}/usr/lib/erlang"), "utf-8")


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
