"""A licence we may not ship is refused, one nobody decided too, and the page says what is installed."""

from __future__ import annotations

from email.message import Message
from pathlib import Path

import pytest

from tools import licences
from tools.licences import LicenceRefused, Requirement, installed, licence_of, page, refuse
from tools.project import ROOT


def described(**fields: str) -> Message:
    message = Message()
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    return message


@pytest.mark.parametrize(
    ("licence", "word"),
    [
        ("GPL-3.0-or-later", "may not be shipped"),
        ("AGPL-3.0-only", "may not be shipped"),
        ("GNU General Public License v3 (GPLv3)", "may not be shipped"),
        ("MIT AND GPL-2.0-only", "may not be shipped"),
        ("LGPL-2.1-or-later", "has to be named and decided"),
        ("GNU Lesser General Public License v3", "has to be named and decided"),
        ("", "not known here"),
        ("Business Source License", "not known here"),
    ],
)
def test_a_licence_we_may_not_ship_is_refused(licence: str, word: str) -> None:
    with pytest.raises(LicenceRefused, match=word):
        page([Requirement("fine", "1.0", "MIT"), Requirement("questionable", "1.0", licence)])


@pytest.mark.parametrize(
    "licence", ["MIT", "MIT AND PSF-2.0", "GPL-3.0-only OR MIT", "MPL-2.0 AND (Apache-2.0 OR MIT)"]
)
def test_a_licence_one_way_of_which_permits_us_is_accepted(licence: str) -> None:
    refuse(Requirement("fine", "1.0", licence))


def test_a_decision_holds_for_the_licence_it_was_made_on_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(licences.DECIDED, "linked", ("LGPL-3.0-only", "a shared library, unchanged and replaceable"))
    refuse(Requirement("linked", "1.0", "LGPL-3.0-only"))
    with pytest.raises(LicenceRefused):
        refuse(Requirement("linked", "2.0", "AGPL-3.0-only"))


def test_older_ways_to_state_a_licence_are_understood() -> None:
    assert licence_of(described(License_Expression="MIT", License="BSD")) == "MIT"
    assert licence_of(described(License="3-Clause BSD License")) == "BSD-3-Clause"
    assert licence_of(described(Classifier="License :: OSI Approved :: Apache Software License")) == "Apache-2.0"
    assert licence_of(described(Name="x")) == ""


def test_every_requirement_of_ours_is_permitted_and_named(tmp_path: Path) -> None:
    text = page(installed(ROOT / "requirements.txt"))
    assert "| fastapi |" in text
    assert "pypi" not in text.lower()


def test_a_pin_that_is_not_installed_is_an_error(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("no-such-package==1.0 \\\n    --hash=sha256:00\n", "utf-8")
    with pytest.raises(LicenceRefused, match="not installed"):
        installed(lock)
    lock.write_text("no-such-package==1.0 ; sys_platform == 'emscripten' \\\n    --hash=sha256:00\n", "utf-8")
    assert installed(lock) == []
