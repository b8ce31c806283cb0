"""The files that take longest, which begin first: each of them is there."""

from tools.order import LONG_FIRST
from tools.project import ROOT


def test_every_file_that_begins_first_is_there() -> None:
    assert [file for file in LONG_FIRST if not (ROOT / file).is_file()] == []
    assert len(set(LONG_FIRST)) == len(LONG_FIRST)
