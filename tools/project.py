"""What pyproject.toml says about the house: its packages and their folders."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def packages(root: Path = ROOT) -> dict[str, Path]:
    """Every package of the house by name, with its folder (`passport` → `svc-passport/passport`)."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    return {name: root / folder for name, folder in project["tool"]["setuptools"]["package-dir"].items()}


if __name__ == "__main__":
    print(*(str(folder.relative_to(ROOT)) for folder in packages().values()))
