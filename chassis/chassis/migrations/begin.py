"""Begin a migration: a numbered file to fill in, and the HEAD file that makes two begun in parallel collide in git."""

import re
from pathlib import Path

from chassis.migrations import folder_of, head_of

_NAME = re.compile(r"[a-z][a-z0-9_]{0,50}")
_FILE = '''"""{words}."""

revision = "{revision}"
down_revision = "{before}"


def upgrade() -> None:
    raise NotImplementedError("{revision} is begun and not written: say here what changes, forward only")
'''


def begin(package: str, name: str) -> Path:
    """Write `versions/NNNN_<name>.py` after the newest migration of a service, and HEAD. Returns the file.

    Raises SystemExit when the name is not words in lower case joined by underscores.
    """
    if not _NAME.fullmatch(name):
        raise SystemExit(f"{name!r} is no name for a migration: what it does, in lower case, like fees_get_a_payer")
    before = head_of(package)
    revision = f"{int(before[:4]) + 1:04d}_{name}"
    folder = folder_of(package)
    file = folder / "versions" / f"{revision}.py"
    words = name.replace("_", " ").capitalize()
    file.write_text(_FILE.format(words=words, revision=revision, before=before), "utf-8")
    (folder / "HEAD").write_text(f"{revision}\n", "utf-8")
    return file
