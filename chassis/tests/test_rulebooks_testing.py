"""The check on rules refuses every kind of unsound rule."""

from datetime import date, datetime

import pytest

from chassis.rulebook import Entry, Rule
from chassis.testing.rulebooks import faults_of, faults_of_rule

DAY = date(2020, 1, 1)


def rule(**changes):
    fields = {
        "id": "house.subject.what",
        "title": {"ar": "عنوان", "en": "title"},
        "unit": "days",
        "source": "somebody",
        "calendar": None,
        "entries": (Entry(DAY, 3),),
    }
    return Rule(**{**fields, **changes})


def test_the_house_calendar_is_sound():
    assert faults_of("chassis") == []


def test_a_sound_rule_has_no_fault():
    assert list(faults_of_rule(rule())) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"id": "House.Subject"}, "service.subject.what"),
        ({"title": {"en": "title"}}, "two languages"),
        ({"title": {"ar": " ", "en": "title"}}, "two languages"),
        ({"unit": "weeks"}, "no such unit"),
        ({"source": " "}, "no source"),
        ({"calendar": "julian"}, "no such calendar"),
        ({"unit": "years"}, "names none"),
        ({"entries": ()}, "no entry"),
        ({"entries": (Entry(datetime(2020, 1, 1), 3),)}, "begin on a day"),  # noqa: DTZ001
        ({"entries": (Entry(DAY, 1.5),)}, "whole number"),
        ({"entries": (Entry(DAY, -1),)}, "whole number"),
        ({"entries": (Entry(DAY, True),)}, "whole number"),
        ({"entries": (Entry(DAY, {"a": "1"}),)}, "whole number"),
        ({"entries": (Entry(DAY, {"a": [1, "2"]}),)}, "whole number"),
        ({"entries": (Entry(DAY, {}),)}, "empty table"),
        ({"unit": "flag", "entries": (Entry(DAY, 1),)}, "neither true nor false"),
        ({"unit": "text", "entries": (Entry(DAY, 1),)}, "no text"),
        ({"unit": "table", "entries": (Entry(DAY, 1),)}, "a table is expected"),
    ],
)
def test_an_unsound_rule_is_refused(changes, fault):
    assert any(fault in found for found in faults_of_rule(rule(**changes)))


def test_code_that_names_a_rule_that_does_not_exist_is_found(tmp_path, monkeypatch):
    package = tmp_path / "house"
    (package / "rules").mkdir(parents=True)
    (package / "domain").mkdir()
    (package / "__init__.py").write_text('"""A house."""\n')
    (package / "domain" / "fees.py").write_text(
        'RIGHT = "house.fee.amount"\nWRONG = "house.fee.amonut"\nMODULE = "house.domain.fees"\n'
    )
    (package / "rules" / "fee.toml").write_text(
        '[[rule]]\nid = "house.fee.amount"\ntitle = { ar = "رسم", en = "fee" }\nunit = "minor"\nsource = "me"\n'
        "[[rule.entry]]\nfrom = 2020-01-01\nvalue = 1\n"
        '[[rule]]\nid = "other.fee.amount"\ntitle = { ar = "رسم", en = "fee" }\nunit = "minor"\nsource = "me"\n'
        "[[rule.entry]]\nfrom = 2020-01-01\nvalue = 1\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert faults_of("house") == [
        "other.fee.amount: its name does not begin with house.",
        "fees.py names house.fee.amonut, which is no rule",
    ]
