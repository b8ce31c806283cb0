"""What tests ask about processes that should be alive or gone."""

from __future__ import annotations

import time
from pathlib import Path


def mentioning(word: str) -> list[int]:
    """Processes whose command line holds `word`, zombies left out."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if word in words:
            found.append(int(folder.name))
    return found


def gone(word: str, *, within_s: float) -> bool:
    """Whether all processes mentioning `word` have ended within `within_s` seconds."""
    until = time.monotonic() + within_s
    while mentioning(word):
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True
