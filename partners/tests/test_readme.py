"""The README tells every body, every magic number and every table there is."""

from datetime import date
from pathlib import Path

from partners.simulators.households import number_at
from partners.simulators.magic import table
from partners.simulators.models import Base
from partners.simulators.people import person_of

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_every_magic_row_stands_in_the_readme_with_its_example():
    for row in table().person:
        line = f"| {row.code} | `{number_at('1', 1000 + int(row.code), 0)}` | {row.title.en} | {row.title.ar} |"
        assert line in README, row.code
    for row in table().mobile:
        assert f"| `{row.ending}` | {row.title.en} | {row.title.ar} |" in README
    for row in table().mailbox:
        assert f"| `{row.name}@…` | {row.code} | {row.title.en} | {row.title.ar} |" in README


def test_every_table_stands_in_the_readme():
    assert [name for name in Base.metadata.tables if f"`{name}`" not in README] == []


def test_the_people_the_readme_names_are_who_it_says():
    today = date(2026, 11, 22)
    head = person_of("1000190007", today)
    assert head
    assert head.dependants == ("1000190015", "1000190023", "1000190031", "1000190049")
    assert head.workers == ("2000190005", "2000190013")
    blocked = person_of("1000190502", today)
    assert blocked
    assert blocked.workers[0] == "2000190500"
    worker = person_of("2000190500", today)
    assert worker
    assert worker.magic.dues
    assert worker.foreign_passport
    assert worker.foreign_passport.expires_on < today
