"""`make`, the test command and the check command do what they say, and fail when something fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import check
from tools.check import Suite
from tools.project import ROOT, packages

_OUTSIDE = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
_OUTSIDE["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # loading those that are not asked for takes longer than the run


def pytest_on(folder: Path, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text("import pytest\n\n" + text, "utf-8")
    options = [
        "-p",
        "tools.noskips",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
        "--rootdir",
        str(folder),
        *words,
        str(folder),
    ]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options], cwd=ROOT, env=_OUTSIDE, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    "text",
    [
        "@pytest.mark.skip\ndef test_a(): pass\n",
        "def test_a(): pytest.skip('no server')\n",
        "@pytest.mark.xfail\ndef test_a(): assert False\n",
        "@pytest.mark.xfail(strict=False)\ndef test_a(): assert True\n",
        "pytest.importorskip('no_such_module')\n\ndef test_a(): pass\n",
    ],
)
def test_a_skipped_or_excused_test_fails_the_run(tmp_path: Path, text: str) -> None:
    done = pytest_on(tmp_path, text + "\n\ndef test_b(): pass\n")
    assert done.returncode != 0, done.stdout
    assert "SKIPPED, which fails the run: " in done.stdout


def test_a_skip_in_another_process_fails_the_run_too(tmp_path: Path) -> None:
    done = pytest_on(tmp_path, "@pytest.mark.skip\ndef test_a(): pass\n", "-p", "xdist", "-n", "1")
    assert done.returncode != 0, done.stdout
    assert done.stdout.count("SKIPPED, which fails the run: ") == 1


def test_a_run_without_skips_passes(tmp_path: Path) -> None:
    assert pytest_on(tmp_path, "def test_a(): pass\n").returncode == 0


def test_check_runs_everything_of_a_suite_and_names_what_failed(capsys: pytest.CaptureFixture[str]) -> None:
    fine, broken = (sys.executable, "-c", ""), (sys.executable, "-c", "raise SystemExit(3)")
    outcome = check.run(Suite("static", 60, (broken, fine, broken)))
    assert len(outcome.failed) == 2
    check.report([outcome, check.run(Suite("tests", 60, (fine,)))])
    said = capsys.readouterr().out
    assert re.search(r"static +\d+ +60 +FAILED", said)
    assert re.search(r"tests +\d+ +60 +ok", said)
    assert said.count("failed: ") == 2


def test_check_fails_when_a_suite_fails_and_passes_when_none_does(monkeypatch: pytest.MonkeyPatch) -> None:
    fine, broken = (
        Suite("static", 60, ((sys.executable, "-c", ""),)),
        Suite("tests", 60, ((sys.executable, "-c", "1/0"),)),
    )
    monkeypatch.setattr(check, "SUITES", (fine,))
    assert check.main([]) == 0
    monkeypatch.setattr(check, "SUITES", (fine, broken))
    assert check.main([]) == 1
    assert check.main(["static"]) == 0
    assert check.main(["nothing"]) == 2


def test_a_suite_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_PATIENCE", 0.5)
    # A shell that runs us in the background has interrupts ignored, and what we start inherits that.
    hangs = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_DFL); time.sleep(60)"
    outcome = check.run(Suite("faults", 1, ((sys.executable, "-c", hangs),)))
    assert outcome.failed
    assert outcome.seconds < 30


def test_make_alone_explains_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^\.PHONY: (\S+)$", makefile, re.MULTILINE)
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [target for target in targets if not re.search(rf"^  make {target} +\S", said, re.MULTILINE)] == []
    promised = "help run demo test check fmt lint types imports rules e2e bench faults up down migrate migration contracts contracts-check"
    promised += " backup restore reset doctor lock diagram clean"
    assert set(promised.split()) <= set(targets)


def test_cleaning_never_touches_data() -> None:
    recipe = subprocess.run(["make", "--dry-run", "clean"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "-not -path './.run/*'" in recipe
    assert not re.search(r"rm -rf[^\n]*(^|\s|/)\.run\b", recipe)


def test_the_ci_script_calls_check() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "exec make check" in script.read_text("utf-8")


def test_every_package_of_the_house_is_there() -> None:
    missing = [name for name, folder in packages().items() if not (folder / "__init__.py").exists()]
    assert missing == []
