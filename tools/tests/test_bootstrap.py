"""The environment is made on a bare Python, also where `ensurepip` is missing; else one line says what to install."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tools.project import ROOT

_BARE = getattr(sys, "_base_executable", sys.executable)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A small repository whose lock holds one package, a wheel that stands in a folder: no network is asked."""
    root = tmp_path / "repository"
    (root / "wheels").mkdir(parents=True)
    digest = make_wheel(root / "wheels" / "tiny-1.0-py3-none-any.whl")
    lock = f"tiny==1.0 \\\n    --hash=sha256:{digest}\n"
    for name in ("requirements.txt", "requirements-dev.txt"):
        (root / name).write_text(lock, "utf-8")
    folders = '[tool.setuptools.package-dir]\nchassis = "chassis/chassis"\npassport = "svc-passport/passport"\n'
    (root / "pyproject.toml").write_text(folders, "utf-8")
    (root / "svc-passport" / "passport").mkdir(parents=True)
    (root / "svc-passport" / "passport" / "__init__.py").touch()
    return root


def make_wheel(path: Path) -> str:
    """A package `tiny` of one module; the SHA-256 of the wheel."""
    files = {
        "tiny.py": b"WORD = 'here'\n",
        "tiny-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.append(f"{name},sha256={digest},{len(content)}")
    files["tiny-1.0.dist-info/RECORD"] = "\n".join([*rows, "tiny-1.0.dist-info/RECORD,,", ""]).encode()
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def bootstrap(root: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    offline = {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(root / "wheels"),
        "PIP_CONFIG_FILE": os.devnull,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    command = [_BARE, str(ROOT / "tools" / "bootstrap.py"), "--root", str(root), *words]
    return subprocess.run(command, env={**inherited, **offline, **variables}, capture_output=True, text=True)


def blocked(folder: Path, *modules: str) -> str:
    """A folder for PYTHONPATH in which importing `modules` finds a file that is no such module: the distribution left them out."""
    folder.mkdir()
    for module in modules:
        (folder / f"{module}.py").write_text(f"raise ModuleNotFoundError('No module named {module!r}')\n", "utf-8")
    return str(folder)


def pip_wheels() -> Path:
    """The folder of the pip wheel this Python brings: what a distribution keeps in a package of its own."""
    import ensurepip

    given = sysconfig.get_config_var("WHEEL_PKG_DIR")
    return Path(given) if given else Path(ensurepip.__file__).parent / "_bundled"


def said_by(root: Path) -> str:
    code = "import tiny, passport; print(tiny.WORD)"
    return subprocess.run(
        [root / ".venv" / "bin" / "python", "-c", code], capture_output=True, text=True, cwd="/"
    ).stdout.strip()


def test_an_environment_is_made_and_then_left_alone(repository: Path) -> None:
    first = bootstrap(repository)
    assert first.returncode == 0, first.stderr
    assert "environment ready" in first.stdout
    assert said_by(repository) == "here"
    assert list((repository / ".venv").rglob("tiny.*.pyc")), (
        "bytecode is made even where PYTHONDONTWRITEBYTECODE is set"
    )
    second = bootstrap(repository)
    assert (second.returncode, second.stdout) == (0, "")


def test_a_changed_lock_installs_again(repository: Path) -> None:
    assert bootstrap(repository).returncode == 0
    lock = repository / "requirements.txt"
    lock.write_text("# newer\n" + lock.read_text("utf-8"), "utf-8")
    assert "installing requirements.txt" in bootstrap(repository).stdout


def test_dev_adds_its_lock_and_serves_a_plain_run(repository: Path) -> None:
    assert "installing requirements-dev.txt" in bootstrap(repository, "--dev").stdout
    assert bootstrap(repository).stdout == ""


def test_without_ensurepip_the_distributions_wheel_is_used(repository: Path, tmp_path: Path) -> None:
    missing = blocked(tmp_path / "missing", "ensurepip", "pip")
    done = bootstrap(repository, PYTHONPATH=missing, PIP_WHEEL_DIRS=str(pip_wheels()))
    assert done.returncode == 0, done.stderr
    assert said_by(repository) == "here"
    assert not list((repository / ".venv").rglob("site-packages/pip")), (
        "pip ran from its wheel and was installed nowhere"
    )


def test_without_any_wheel_the_pip_of_this_python_serves(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    pip = next(pip_wheels().glob("pip-*.whl"))
    done = bootstrap(repository, PYTHONPATH=str(pip), PIP_WHEEL_DIRS=str(tmp_path / "none"))
    assert done.returncode == 0, done.stderr
    assert said_by(repository) == "here"


def test_without_pip_one_line_says_what_to_install(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    code = (
        "import sys, runpy, importlib.util as u; find = u.find_spec;"
        "u.find_spec = lambda name, *more: None if name in ('pip', 'ensurepip') else find(name, *more);"
        f"sys.argv = ['bootstrap.py', '--root', {str(repository)!r}];"
        f"runpy.run_path({str(ROOT / 'tools' / 'bootstrap.py')!r}, run_name='__main__')"
    )
    environment = {**os.environ, "PIP_WHEEL_DIRS": str(tmp_path / "none")}
    done = subprocess.run([_BARE, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "apt-get install python3-venv" in done.stderr


def test_a_file_that_does_not_match_its_hash_is_refused(repository: Path) -> None:
    lock = repository / "requirements.txt"
    lock.write_text(lock.read_text("utf-8")[:-10] + "0123456789"[:9] + "\n", "utf-8")
    done = bootstrap(repository)
    assert done.returncode == 1
    assert "installing requirements.txt failed" in done.stderr
    assert "environment ready" not in done.stdout
    assert not (repository / ".venv" / "bootstrap.json").exists(), "a failed start is tried again, not taken for done"


def test_two_at_once_make_one_environment(repository: Path) -> None:
    code = "import sys; from tools.tests.test_bootstrap import bootstrap; from pathlib import Path; print(bootstrap(Path(sys.argv[1])).stdout)"
    both = [
        subprocess.Popen([sys.executable, "-c", code, repository], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate()[0] for process in both]
    assert sorted("environment ready" in text for text in said) == [False, True]
    assert said_by(repository) == "here"
