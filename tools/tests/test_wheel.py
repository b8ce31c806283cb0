"""The wheel holds every package with all that lies beside its code, and runs where the repository is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tools.bootstrap import pip_command
from tools.project import ROOT, packages

_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the packages: a build leaves folders behind."""
    copy = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for folder in packages().values():
        shutil.copytree(folder, copy / folder.relative_to(ROOT), ignore=_LEFT_OUT)
    words = [
        sys.executable,
        "-m",
        "uv",
        "build",
        "--wheel",
        "--no-build-isolation",
        "--offline",
        "--python",
        sys.executable,
    ]
    done = subprocess.run([*words, "-o", copy / "dist", copy], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return next((copy / "dist").glob("*.whl"))


def test_the_wheel_holds_everything_of_every_package_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        held = {name for name in opened.namelist() if ".dist-info/" not in name}
    wanted = {
        str(file.relative_to(folder.parent))
        for folder in packages().values()
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert held == wanted


def test_a_service_describes_itself_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    python = tmp_path / "environment" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "environment"], check=True)
    pip, environment = pip_command(python)
    subprocess.run([*pip, "install", "-q", "--no-deps", "--no-index", wheel], env=environment, check=True)
    site = next((tmp_path / "environment" / "lib").glob("python3*/site-packages"))
    # Libraries come from the environment of the tests; a path in a .pth file does not bring that environment's own .pth files.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    where = subprocess.run(
        [python, "-c", "import passport; print(passport.__file__)"],
        cwd=tmp_path,
        env=bare,
        capture_output=True,
        text=True,
    )
    assert where.stdout.startswith(str(tmp_path)), where.stderr
    done = subprocess.run(
        [python, "-m", "passport", "describe"], cwd=tmp_path, env=bare, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "passport" in done.stdout
