"""The import contracts of pyproject.toml refuse what they must; each is fed a package that breaks it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.project import ROOT, packages

_LAYERS = ("__main__", "app", "worker", "api", "ops", "reactions", "timers", "actions", "queries", "models", "domain")
_SERVICES = ("identity", "passport", "residency", "delivery", "notify", "support")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """An empty house: every package with every layer, and nothing imported anywhere."""
    for name in packages():
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
        for layer in _LAYERS if name in _SERVICES else ("inside",):
            (tmp_path / name / f"{layer}.py").touch()
    return tmp_path


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(house), str(ROOT)])
    code = "import sys; from tools.imports import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=house, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )


def test_a_house_without_imports_is_accepted(house: Path) -> None:
    done = lint(house)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 kept, 0 broken" in done.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("passport/actions.py", "import delivery.models", "Services know neither each other"),
        ("gateway/inside.py", "import identity.app", "Services know neither each other"),
        ("portal/inside.py", "import support.queries", "Services know neither each other"),
        ("chassis/inside.py", "import partners.inside", "beneath them partners"),
        ("contracts/inside.py", "import chassis.inside", "beneath them partners"),
        ("partners/inside.py", "import notify.models", "beneath them partners"),
        ("passport/api.py", "import passport.ops", "A service: doors call actions"),
        ("passport/app.py", "import passport.worker", "A service: doors call actions"),
        ("passport/domain.py", "import passport.models", "A service: doors call actions"),
        ("passport/models.py", "import passport.actions", "A service: doors call actions"),
        ("passport/domain.py", "import fastapi", "A domain reaches no framework"),
        ("passport/domain.py", "import chassis.inside", "A domain reaches no framework"),
        ("delivery/actions.py", "import aio_pika", "Only the chassis imports"),
    ],
)
def test_a_forbidden_import_is_refused(house: Path, file: str, line: str, contract: str) -> None:
    if line == "import chassis.inside" and file.startswith("passport"):
        (house / "chassis" / "inside.py").write_text(
            "import sqlalchemy\n", "utf-8"
        )  # indirectly, through an allowed package
    (house / file).write_text(line + "\n", "utf-8")
    done = lint(house)
    assert done.returncode == 1, done.stdout + done.stderr
    assert contract in " ".join(done.stdout.partition("Broken contracts")[2].split())
