"""Every house rule is fed a snippet that breaks it and must refuse, and one that keeps it and must not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from tools.project import ROOT
from tools.rules import length
from tools.rules.__main__ import RULES, broken
from tools.rules.source import Source, read_tree

_ACTION = "svc-passport/passport/actions/submit.py"
_CHASSIS = "chassis/chassis/relay.py"
_TEXTS = "svc-passport/passport/texts/pages.toml"
_DOC = '"""What this is."""\n'

BREAKING = [
    ("commits", _ACTION, "await session.commit()"),
    ("commits", _ACTION, "from sqlalchemy.ext.asyncio import AsyncSession\nasync with session.begin():\n    pass"),
    ("commits", _ACTION, "import sqlalchemy as sa\nwith self.engine.begin() as connection:\n    pass"),
    ("commits", _ACTION, 'await session.execute("commit;")'),
    ("statuses", _ACTION, "application.status = Status.SUBMITTED"),
    ("statuses", _ACTION, "a, row.status = 1, 'approved'"),
    ("statuses", _ACTION, "row.status: str = 'approved'"),
    ("statuses", _ACTION, "setattr(row, 'status', 'approved')"),
    ("statuses", _ACTION, "await session.execute(update(Application).values(status='approved'))"),
    (
        "statuses",
        "svc-passport/passport/domain/renewal.py",
        "class A:\n    def advance(self):\n        self.status = 1",
    ),
    ("clocks", _ACTION, "from datetime import datetime\nx = datetime.now()"),
    ("clocks", _ACTION, "import datetime as dt\nx = dt.datetime.utcnow()"),
    ("clocks", _ACTION, "from datetime import date as d\nx = field(default_factory=d.today)"),
    ("clocks", _ACTION, "import time\nx = time.time()"),
    ("clocks", _ACTION, "from time import time as now\nx = now()"),
    ("clocks", "deploy/embedded/seeds.py", "from datetime import datetime, UTC\nx = datetime.now(UTC)"),
    ("environment", _ACTION, "import os\nx = os.environ['A']"),
    ("environment", _ACTION, "from os import environ\nx = environ.get('A')"),
    ("environment", _ACTION, "import os as o\nx = o.getenv('A')"),
    ("amounts", _ACTION, "from datetime import timedelta\nx = timedelta(days=30)"),
    ("amounts", _ACTION, "import datetime\nx = datetime.timedelta(2)"),
    ("amounts", _ACTION, "from datetime import timedelta\nx = timedelta(hours=24)"),
    ("amounts", _ACTION, "fee_minor = 30000"),
    ("amounts", _ACTION, "if person.age < 18:\n    pass"),
    ("amounts", _ACTION, "if 21 <= least_age:\n    pass"),
    ("amounts", _ACTION, "VALIDITY_YEARS: int = 5"),
    ("amounts", _ACTION, "reserve(amount_minor=-1725)"),
    ("amounts", _ACTION, "def f(window_days=60):\n    pass"),
    ("amounts", _ACTION, "def f(*, months=6):\n    pass"),
    ("domain_words", _CHASSIS, "x = 1  # as a passport does"),
    ("domain_words", _CHASSIS, "class VisaHolder: pass"),
    ("domain_words", _CHASSIS, "guardians = []"),
    ("domain_words", _CHASSIS, "nationalities = []"),
    ("domain_words", _CHASSIS, "x = row.worker_id"),
    ("domain_words", "chassis/chassis/ops/templates/page.html", "<p>Open a ticket</p>"),
    ("texts", _TEXTS, '[page.title]\nar = "الطلبات"'),
    ("texts", _TEXTS, '[page.title]\nen = "Requests"\nar = " "'),
    ("texts", _TEXTS, '[page.title]\nar = "الطلبات"\nen = "Requests"\nfr = "Demandes"'),
    ("texts", _TEXTS, '[page.title]\nar = "Requests"\nen = "Requests"'),
    ("texts", _TEXTS, '[page.title]\nar = "طلب {number}"\nen = "Request"'),
    ("texts", _TEXTS, '[page.title]\nar = { title = "طلب", detail = "نص" }\nen = { title = "Request" }'),
    ("texts", _TEXTS, '[page.title]\nar = { title = "" }\nen = { title = "Request" }'),
    ("texts", _TEXTS, "[page"),
    ("texts", "svc-passport/passport/rules/fees.toml", '[[rule]]\nid = "fee"\ntitle = { en = "Fee" }'),
    ("drivers", _ACTION, "import asyncpg"),
    ("drivers", _ACTION, "from aio_pika import Message"),
    ("drivers", _ACTION, "from sqlalchemy.ext.asyncio import create_async_engine"),
    ("length", _ACTION, "\n" * length.LONGEST + "x = 1"),
    ("names", "svc-passport/passport/utils.py", "x = 1"),
    ("names", "svc-passport/passport/helpers/fees.py", "x = 1"),
    ("names", "svc-passport/passport/part2.py", "x = 1"),
    ("places", "docs/tour.md", "see /work/main/README.md"),
    ("places", "deploy/Dockerfile", "RUN pip install -i https://pypi.org/simple x"),
    ("syntax", _ACTION, "def"),
]

KEEPING = [
    ("commits", "chassis/chassis/database.py", "await session.commit()"),
    ("commits", "svc-passport/tests/actions/test_submit.py", "await session.commit()"),
    ("commits", _ACTION, "async with session.begin_nested():\n    pass"),
    ("commits", "gateway/gateway/forward.py", "connection.begin(b'GET /')"),
    ("statuses", "svc-passport/passport/models.py", "self.status = move.target"),
    ("statuses", _ACTION, "class E(Exception):\n    def __init__(self):\n        self.status = 409"),
    ("statuses", _ACTION, "response.status_code = 201"),
    ("statuses", "gateway/gateway/connection.py", "self.status = 200"),
    ("statuses", _ACTION, "await session.execute(insert(Booklet).values(status='valid').on_conflict_do_nothing())"),
    ("clocks", "chassis/chassis/clock.py", "from datetime import datetime\nx = datetime.now()"),
    ("clocks", _ACTION, "import time\nx = time.monotonic() + time.perf_counter()"),
    ("clocks", _ACTION, "x = clock.now(), self.clock.today()"),
    ("environment", "svc-passport/passport/settings.py", "import os\nx = os.environ['A']"),
    ("environment", "tools/servers/programs.py", "import os\nx = os.environ['A']"),
    ("amounts", _ACTION, "from datetime import timedelta\nx = timedelta(seconds=30)"),
    ("amounts", _ACTION, "balance_minor = 0\nif used_days > 1:\n    pass"),
    ("amounts", _ACTION, "fee_minor = rulebook.value('passport.fee', on)"),
    ("amounts", _ACTION, "response.set_cookie('x', max_age=900)"),
    ("amounts", "svc-passport/tests/domain/test_fees.py", "fee_minor = 30000"),
    ("domain_words", _CHASSIS, "worker = application.delivery_limit  # visable, ticketing"),
    ("domain_words", _ACTION, "passport = 1"),
    ("texts", _TEXTS, '[page.title]\nar = "طلب {number}"\nen = "Request {number}"'),
    ("texts", _TEXTS, '[page.title]\nar = { title = "طلب {n}" }\nen = { title = "Request {n}" }'),
    ("texts", _TEXTS, '[page.other-language]\nar = "English"\nen = "العربية"'),
    ("drivers", "chassis/chassis/database.py", "import asyncpg"),
    ("drivers", "deploy/embedded/databases.py", "import asyncpg"),
    ("length", _ACTION, "\n" * (length.LONGEST - 2) + "x = 1"),
    ("length", "svc-passport/passport/migrations/versions/0001_first.py", "\n" * length.LONGEST + "x = 1"),
    ("names", "svc-passport/passport/databases.py", "x = 1"),
    ("places", "deploy/compose.yaml", "volumes: [data:/var/lib/postgresql]"),
]


def rules_broken(path: str, text: str) -> set[str]:
    code = _DOC + text if path.endswith(".py") else text
    return {name for name, _violation in broken([Source(PurePosixPath(path), code)])}


@pytest.mark.parametrize(("rule", "path", "text"), BREAKING)
def test_a_snippet_that_breaks_a_rule_is_refused_by_it_alone(rule: str, path: str, text: str) -> None:
    assert rules_broken(path, text) == {rule}


@pytest.mark.parametrize(("rule", "path", "text"), KEEPING)
def test_a_snippet_that_keeps_a_rule_is_accepted(rule: str, path: str, text: str) -> None:
    assert rule not in rules_broken(path, text)


def test_a_module_without_a_docstring_is_refused() -> None:
    assert {name for name, _ in broken([Source(PurePosixPath(_ACTION), "x = 1\n")])} == {"docstrings"}
    assert {name for name, _ in broken([Source(PurePosixPath("svc-passport/passport/__init__.py"), "")])} == {
        "docstrings"
    }
    assert not list(broken([Source(PurePosixPath("svc-passport/tests/__init__.py"), "")]))


def test_every_rule_is_fed_something_that_breaks_it_and_says_why_it_stands() -> None:
    assert {rule for rule, _path, _text in BREAKING} | {"docstrings"} == {*RULES, "syntax"}
    for rule in RULES.values():
        why = sys.modules[rule.__module__].__doc__ or ""
        assert len(why.strip().splitlines()) >= 3, f"{rule.__module__} does not say why"


def test_the_violation_names_file_and_line() -> None:
    ((_name, violation),) = broken([Source(PurePosixPath(_ACTION), _DOC + "x = 1\nawait_ = session.commit()\n")])
    assert str(violation).startswith(f"{_ACTION}:3: ")


def test_the_tree_is_read_without_what_tools_made(tmp_path: Path) -> None:
    for folder in (".venv", ".run", ".hypothesis", "node_modules", "a/__pycache__", ".ci", "docs"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "file.py").write_text("x = 1", "utf-8")
    (tmp_path / "docs" / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    assert [str(source.path) for source in read_tree(tmp_path)] == [".ci/file.py", "docs/file.py"]


def test_the_command_reads_the_files_it_is_given() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.rules", "tools/lock.py"], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, f"house rules: {len(RULES)} rules, 1 files, 0 violations\n")
