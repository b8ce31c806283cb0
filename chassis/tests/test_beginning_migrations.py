"""`python -m <service> migration NAME` begins a migration after the newest one, and nothing passes until it is written."""

import itertools
import sys
from pathlib import Path
from typing import Any

import pytest

from chassis.migrations import head_of, migrate
from chassis.process import Blueprint, main
from chassis.settings import ServiceSettings
from chassis.testing.fixtures import Databases

_counted = itertools.count()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A service of its own, with one migration, on the path."""
    name = f"begun{next(_counted)}"
    versions = tmp_path / name / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / name / "__init__.py").write_text("")
    (versions.parent / "HEAD").write_text("0001\n")
    (versions.parent / "env.py").write_text("from chassis.migrations import run_environment\n\nrun_environment()\n")
    (versions / "0001_first.py").write_text('revision = "0001"\ndown_revision = None\ndef upgrade(): pass\n')
    monkeypatch.syspath_prepend(tmp_path)
    return name


def _begin(package: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: Any = None
    monkeypatch.setattr(sys, "argv", [package, "migration", name])
    main(Blueprint(package, ServiceSettings, nothing, nothing, nothing, nothing))


def test_each_follows_the_one_before_and_head_says_so(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, revision in (
        ("fees_get_a_payer", "0002_fees_get_a_payer"),
        ("payers_get_a_name", "0003_payers_get_a_name"),
    ):
        _begin(package, name, monkeypatch)
        written = Path(capsys.readouterr().out.strip())
        assert written == tmp_path / package / "migrations" / "versions" / f"{revision}.py"
        assert head_of(package) == revision
        assert (tmp_path / package / "migrations" / "HEAD").read_text() == f"{revision}\n"


@pytest.mark.parametrize("name", ["Fees", "fees-get-a-payer", "../fees", "2nd", "", "fees get"])
def test_a_name_that_is_no_file_name_of_ours_writes_nothing(
    package: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit, match="no name for a migration"):
        _begin(package, name, monkeypatch)
    assert head_of(package) == "0001"


async def test_one_that_was_begun_and_not_written_refuses_to_run(
    package: str, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await databases(package)
    _begin(package, "fees_get_a_payer", monkeypatch)
    with pytest.raises(NotImplementedError, match="0002_fees_get_a_payer is begun and not written"):
        await migrate(package, database.owner_dsn)
