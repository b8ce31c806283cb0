"""The locks pin everything that pyproject.toml asks for, with hashes, and record no place."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from tools.lock import pins, places_in
from tools.project import ROOT

_LOCKS = ("requirements.txt", "requirements-dev.txt")


@pytest.mark.parametrize("name", _LOCKS)
def test_a_lock_records_no_index_and_no_host(name: str) -> None:
    assert places_in((ROOT / name).read_text("utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://mirror.example/simple",
        "x @ file:///wheels/x.whl",
        "--find-links wheels",
        "x @ git+ssh://host/x",
        "# from http://host/",
    ],
)
def test_a_recorded_place_is_seen(line: str) -> None:
    assert places_in(f"x==1.0\n{line}\n") == [line]


@pytest.mark.parametrize("name", _LOCKS)
def test_every_pin_has_hashes(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text("utf-8"))
    bare = [entry for entry in entries if "==" in entry and "--hash=sha256:" not in entry]
    assert bare == []


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    runtime, dev = (pins(ROOT / name) for name in _LOCKS)
    asked = [(text, runtime) for text in project["project"]["dependencies"]]
    asked += [(text, dev) for text in project["dependency-groups"]["dev"]]
    for text, lock in asked:
        wanted = Requirement(text)
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        assert name in lock, f"{name} is not locked: make lock"
        assert wanted.specifier.contains(lock[name], prereleases=True), (
            f"{name} {lock[name]} is not {wanted.specifier}: make lock"
        )


def test_tests_run_on_the_versions_that_run() -> None:
    runtime, dev = (pins(ROOT / name) for name in _LOCKS)
    assert {name for name in runtime.keys() & dev.keys() if runtime[name] != dev[name]} == set()
