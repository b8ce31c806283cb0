"""Checks who imports whom against the contracts in pyproject.toml ([tool.importlinter]).

python -m tools.imports
"""

from __future__ import annotations

import sys

from importlinter.cli import lint_imports

from tools.project import ROOT


def main() -> int:
    """0 when every contract is kept; what broke, and the chain of imports that broke it, is printed."""
    return lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True)


if __name__ == "__main__":
    sys.exit(main())
