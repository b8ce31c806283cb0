"""Makes `.venv` and installs the locked requirements: needs a bare Python 3.11 or newer and nothing else.

    python3 tools/bootstrap.py           what the platform needs to run
    python3 tools/bootstrap.py --dev     and what its tests and checks need

Does nothing, in a tenth of a second, when the lock has not changed. Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)
_NEWER_NAMES = ("python3.14", "python3.13", "python3.12", "python3.11")
_DISTRIBUTION_WHEELS = "/usr/share/python-wheels"
NO_PIP = (
    "This Python has no pip and no way to get one. On Debian or Ubuntu: sudo apt-get install python3-venv"
    "   (elsewhere: install pip for {python})"
)


class CannotBootstrap(Exception):
    """The environment cannot be made here; the message is the one line to print."""


def main(words: list[str]) -> int:
    """Make or renew the environment; 0 when it is ready, 1 with one line on standard error when it cannot be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository; for tests of this program")
    asked = parser.parse_args(words)
    _run_under_a_new_enough_python()
    try:
        with _one_at_a_time(asked.root):
            make_environment(asked.root, dev=asked.dev)
    except CannotBootstrap as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


def make_environment(root: Path, *, dev: bool) -> None:
    """Bring `root/.venv` to what the locks say. Raises CannotBootstrap."""
    locks = [root / "requirements.txt", *([root / "requirements-dev.txt"] if dev else [])]
    wanted = _fingerprint(root, locks)
    stamp = root / ".venv" / "bootstrap.json"
    python = root / ".venv" / "bin" / "python"
    if _is_done(stamp, wanted) and _starts(python):
        return
    began = time.monotonic()
    stamp.unlink(missing_ok=True)
    if not _starts(python):
        print("making the environment in .venv (a minute or two, this first time)", flush=True)
        _make_venv(root / ".venv")
    pip = pip_command(python)
    for lock in locks:
        print(f"installing {lock.name}, every file checked against its hash", flush=True)
        _install(pip, lock)
    _name_the_house(root, python)
    print("compiling what was installed", flush=True)
    _compile(python)
    stamp.write_text(json.dumps(wanted, indent=1), "utf-8")
    print(f"environment ready in {time.monotonic() - began:.0f} s", flush=True)


def pip_command(python: Path) -> tuple[list[str], dict[str, str]]:
    """Words and environment that run pip for `python` without installing pip anywhere.

    A pip wheel runs as it is from PYTHONPATH: Python's own bundled one, or the distribution's where Python was cut in two
    packages and `ensurepip` is missing. Else the pip of the Python that runs this. Raises CannotBootstrap where there is none.
    """
    environment = dict(os.environ)
    for folder in _wheel_folders():
        for wheel in sorted(folder.glob("pip-*.whl"), reverse=True):
            environment["PYTHONPATH"] = str(wheel)
            return [str(python), "-m", "pip"], environment
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "--python", str(python)], environment
    raise CannotBootstrap(NO_PIP.format(python=sys.executable))


def _wheel_folders() -> list[Path]:
    if given := os.environ.get("PIP_WHEEL_DIRS"):
        return [Path(folder) for folder in given.split(os.pathsep)]
    folders = []
    ensurepip = importlib.util.find_spec("ensurepip")
    if ensurepip is not None and ensurepip.origin:
        folders.append(Path(ensurepip.origin).parent / "_bundled")
    folders += [Path(sysconfig.get_config_var("WHEEL_PKG_DIR") or _DISTRIBUTION_WHEELS), Path(_DISTRIBUTION_WHEELS)]
    return folders


def _make_venv(folder: Path) -> None:
    # Without pip: asking venv for pip is what fails where ensurepip is missing, and we run pip from its wheel anyway.
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", "--clear", folder], capture_output=True, text=True
    )
    if done.returncode:
        raise CannotBootstrap(
            f"python -m venv failed (Debian, Ubuntu: sudo apt-get install python3-venv): {done.stderr.strip()[-300:]}"
        )


def _install(pip: tuple[list[str], dict[str, str]], lock: Path) -> None:
    words, environment = pip
    # Wheels only: no stranger's build script runs on this machine. The lock is complete: nothing is resolved here.
    options = [
        "--require-hashes",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--no-compile",
        "--disable-pip-version-check",
        "-qq",
    ]
    done = subprocess.run([*words, "install", *options, "-r", str(lock)], env=environment)
    if done.returncode:
        raise CannotBootstrap(f"installing {lock.name} failed; pip's words are above")


def _name_the_house(root: Path, python: Path) -> None:
    """One `house.pth` puts every package folder of the repository on the path, so nothing of ours has to be installed."""
    (_site_packages(python) / "house.pth").write_text("\n".join(_house(root)) + "\n", "utf-8")


def _house(root: Path) -> list[str]:
    """The folders that hold the packages, from pyproject.toml."""
    import tomllib  # an older Python comes as far as saying that it is too old

    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    return [str((root / package).parent) for package in project["tool"]["setuptools"]["package-dir"].values()]


def _site_packages(python: Path) -> Path:
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    return Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())


def _compile(python: Path) -> None:
    """Bytecode for every library, also where PYTHONDONTWRITEBYTECODE is set: without it each start would compile all again."""
    quiet = [str(python), "-m", "compileall", "-qq", "-j", "0", str(_site_packages(python))]
    subprocess.run(
        quiet, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )  # templates in wheels need not compile


def _fingerprint(root: Path, locks: list[Path]) -> dict[str, str]:
    wanted = {"root": str(root), "python": sys.version.split()[0]}
    for file in (*locks, Path(__file__)):
        wanted[file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
    wanted["house"] = " ".join(_house(root))
    return wanted


def _is_done(stamp: Path, wanted: dict[str, str]) -> bool:
    """Whether the environment holds all that is wanted; one made with --dev serves a plain run too."""
    try:
        made = json.loads(stamp.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return all(made.get(name) == value for name, value in wanted.items())


def _starts(python: Path) -> bool:
    try:
        return subprocess.run([python, "-c", ""], capture_output=True).returncode == 0
    except OSError:
        return False


def _run_under_a_new_enough_python() -> None:
    if sys.version_info >= OLDEST:
        return
    for name in _NEWER_NAMES:
        newer = shutil.which(name)
        if newer:
            os.execv(newer, [newer, *sys.argv])  # noqa: S606
    found = ".".join(str(part) for part in sys.version_info[:3])
    sys.exit(
        f"Python 3.11 or newer is needed; {sys.executable} is {found}. Set PYTHON to a newer one: make run PYTHON=/path/to/python3.11"
    )


@contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    """Two `make` at once wait for each other instead of installing into one folder together."""
    (root / ".run").mkdir(exist_ok=True)
    with (root / ".run" / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
