"""The telling table is total, and its words are fit to be sent."""

import re
from importlib import resources
from pathlib import Path

import pytest

from chassis.catalogue import LANGUAGES, Texts
from chassis.rulebook import Rulebook
from contracts.event import Event
from contracts.events import REGISTRY
from notify.actions.wording import fields_of, texts_of, title_of, words_of
from notify.domain.notice import NOTICE, Channel, NoticeStatus
from notify.domain.states import STATE_OF_STATUS
from notify.domain.telling import RULES, TABLE, TOLD_TO_NOBODY, UNTOLD, Kind, Rule, Standing, is_mutable
from notify.reactions import reactions
from notify.telling_table import drawn
from partners.segmentation import segment

TEXTS = Texts("chassis", "contracts", "notify")
LONGEST = max(Rulebook.of("notify").rules["notify.sms.longest"].entries, key=lambda entry: entry.effective_from).value
LINK = re.compile(r"https?:|www\.|\b[a-z0-9-]+\.(com|org|net|sa|gov|io|me|link)\b|/[a-z]", re.IGNORECASE)


def example_of(rule: Rule) -> Event:
    return rule.event.model_validate(rule.event.example)


def messages(rule: Rule) -> list[tuple[str, str]]:
    """Every message of a rule, by language."""
    event = example_of(rule)
    words = words_of(TEXTS, rule, event)
    return [
        (language, text)
        for standing in rule.to
        for language, text in texts_of(TEXTS, rule, standing, event.person, words).items()  # type: ignore[attr-defined]
    ]


def test_every_event_of_the_house_is_told_or_named_as_untold():
    of_the_house = {key for key, event in REGISTRY.items() if event.__module__.startswith("contracts.")}
    assert set(RULES) | UNTOLD | set(TOLD_TO_NOBODY) == of_the_house
    assert not set(RULES) & UNTOLD
    assert not (set(RULES) | UNTOLD) & set(TOLD_TO_NOBODY)
    assert len(TABLE) == len(RULES), "an event stands in the table twice"


def test_every_told_event_has_its_reaction_and_nothing_else_is_reacted_to():
    assert set(reactions.keys) == set(RULES) | UNTOLD


def test_every_change_of_record_is_told_to_holder_head_and_sponsor():
    for rule in TABLE:
        if rule.kind is Kind.RECORD:
            assert {Standing.HOLDER, Standing.HOUSEHOLD_HEAD, Standing.SPONSOR} <= set(rule.to), rule.event.key


def test_whoever_is_told_as_applicant_is_named_by_the_event():
    for rule in TABLE:
        assert (Standing.APPLICANT in rule.to) == ("applicant" in rule.event.model_fields), rule.event.key


def test_every_event_names_its_person():
    assert all("person" in rule.event.model_fields for rule in TABLE)


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.event.key)
def test_a_notice_fills_in_only_what_its_event_carries(rule):
    assert set(fields_of(TEXTS, rule)) <= set(rule.event.model_fields)
    for _, text in messages(rule):
        assert "{" not in text
        assert "None" not in text


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.event.key)
def test_a_notice_holds_no_link_and_keeps_to_its_parts(rule):
    for language, text in messages(rule):
        assert not LINK.search(text), text
        assert len(segment(text).octets) <= LONGEST, (language, len(text))


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.event.key)
def test_a_notice_names_nobody_and_tells_no_whole_number(rule):
    event = example_of(rule)
    for _, text in messages(rule):
        assert event.person not in text
        for personal in ("recipient", "short_address", "applicant"):
            if personal in rule.event.model_fields:
                assert str(getattr(event, personal)) not in text


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.event.key)
def test_a_notice_has_its_own_words_for_whose_record_it_is_not(rule):
    event = example_of(rule)
    words = words_of(TEXTS, rule, event)
    for standing in set(Standing) - {Standing.HOLDER}:
        other = texts_of(TEXTS, rule, standing, event.person, words)
        for language in LANGUAGES:
            assert event.person[-4:] in other[language]
    assert set(title_of(TEXTS, rule)) == set(LANGUAGES)


def test_a_link_in_a_text_would_be_found():
    assert all(LINK.search(text) for text in ("see https://a.b", "www.jawaz", "open jawaz.gov", "go to /v1/x"))
    assert not LINK.search("رقم JWZ-7K3M-Q9RT-2XWA في 22 نوفمبر 2026م الساعة 11:00")


def test_days_are_written_in_words():
    rule = RULES["residency.exit_reentry_visa.issued.v1"]
    words = words_of(TEXTS, rule, example_of(rule))
    assert words["ar"]["leave_by"] == "22 فبراير 2027م"
    assert words["en"]["leave_by"] == "22 February 2027"
    assert (words["ar"]["trips"], words["en"]["trips"]) == ("مفردة", "single")


def test_an_hour_is_told_as_clocks_show_it_in_riyadh():
    rule = RULES["delivery.shipment.handed_over.v1"]
    assert words_of(TEXTS, rule, example_of(rule))["en"]["promised_by"] == "23 November 2026 at 11:00"


def test_every_status_has_one_word_for_people_in_two_languages():
    assert set(STATE_OF_STATUS) == set(NoticeStatus)
    assert all(TEXTS.both(f"state.{word}") for word in STATE_OF_STATUS.values())


def test_every_kind_has_channels_and_all_but_account_security_something_that_can_be_muted():
    channels = Rulebook.of("notify").rules["notify.channel.by_kind"].entries[-1].value
    for kind in Kind:
        assert {Channel(each) for each in channels[kind]} >= {Channel.SMS, Channel.INBOX}
        assert is_mutable(kind) == (kind is not Kind.ACCOUNT)


def test_only_what_was_delivered_muted_or_lapsed_is_final():
    assert NOTICE.final == {NoticeStatus.DELIVERED, NoticeStatus.MUTED, NoticeStatus.LAPSED}


def test_the_readme_shows_the_table_as_it_is():
    assert drawn() in Path(__file__).parents[2].joinpath("README.md").read_text(encoding="utf-8")


def test_the_invariant_knows_the_table_as_it_is():
    """The SQL says the rules a second time, so that it does not believe the code it is to check."""
    invariant = resources.files("notify").joinpath("invariants", "every_event_was_told.sql").read_text(encoding="utf-8")
    said = set(re.findall(r"\('([a-z_.0-9]+)', '([a-z_]+)'\)", invariant))
    assert said == {(rule.event.key, str(standing)) for rule in TABLE for standing in rule.to}


def test_both_names_stand_in_every_notice_of_what_was_done_by_an_authorisation():
    acted = {"acted_by": "1012345672", "on_behalf_of": "1000000016"}
    rules = [rule for rule in TABLE if "acted_by" in rule.event.model_fields]
    assert {rule.event.key.split(".")[0] for rule in rules} == {"passport", "residency"}
    for rule in rules:
        event = rule.event.model_validate({**rule.event.example, **acted})
        words = words_of(TEXTS, rule, event)
        for standing in rule.to:
            for text in texts_of(TEXTS, rule, standing, event.person, words).values():
                assert "5672" in text
                assert "0016" in text
                assert not any(number in text for number in acted.values())
                assert len(segment(text).octets) <= LONGEST


def test_whoever_is_told_as_grantee_is_named_by_the_event():
    for rule in TABLE:
        assert Standing.GRANTEE not in rule.to or "grantee" in rule.event.model_fields, rule.event.key
    for event in ("issued", "accepted", "used", "withdrawn", "expired", "ended"):
        assert set(RULES[f"identity.authorisation.{event}.v1"].to) == {Standing.HOLDER, Standing.GRANTEE}
