"""Values at the border: the published vectors, the made ones, and what must be refused."""

import importlib.resources
import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts import values
from contracts.values import is_person_number, is_s10, kind_of, make_s10, person_check_digit


def parse(kind, text):
    return TypeAdapter(kind).validate_python(text)


def slug_of(kind, text):
    with pytest.raises(ValidationError) as refusal:
        parse(kind, text)
    error = refusal.value.errors()[0]
    assert error["type"] == error["msg"]
    return error["type"]


RIGHT_NUMBERS = [
    "1058529940",
    "1001244019",
    "1101798278",
    "1000000008",
    "1012345672",
    "1111111116",
    "1999999996",
    "2000000006",
    "2123456788",
    "2222222222",
    "2345678904",
    "2400000010",
    "2999999994",
]
WRONG_NUMBERS = [
    "1058529941",
    "2000000008",
    "1234567890",
    "3000000003",
    "0000000000",
    "105852994",
    "10585299400",
    "",
    "105852994O",
]


@pytest.mark.parametrize("number", RIGHT_NUMBERS)
def test_a_right_person_number_is_accepted(number):
    assert is_person_number(number)
    assert parse(values.PersonNumber, number) == number


@pytest.mark.parametrize("number", WRONG_NUMBERS)
def test_a_wrong_person_number_is_refused_with_its_slug(number):
    assert not is_person_number(number)
    assert slug_of(values.PersonNumber, number) == "person-number-not-valid"


@given(st.from_regex(r"[12][0-9]{8}", fullmatch=True), st.integers(0, 9), st.integers(1, 9))
def test_one_changed_digit_is_always_found(first_nine, place, change):
    number = first_nine + person_check_digit(first_nine)
    assert is_person_number(number)
    other = str((int(number[place]) + change) % 10)
    assert not is_person_number(number[:place] + other + number[place + 1 :])


def test_a_number_in_arabic_digits_is_folded():
    assert parse(values.PersonNumber, " ١٠٥٨٥٢٩٩٤٠ ") == "1058529940"
    assert parse(values.PersonNumber, "۱۰۵۸۵۲۹۹۴۰") == "1058529940"


def test_digits_of_other_scripts_are_not_folded():
    assert slug_of(values.PersonNumber, "१०५८५२९९४०") == "person-number-not-valid"


def test_the_first_digit_tells_the_kind():
    assert kind_of("1058529940") == "citizen"
    assert kind_of("2000000006") == "resident"
    assert kind_of("3000000003") == "visitor"
    with pytest.raises(ValueError, match="person-number-not-valid"):
        kind_of("1058529941")


def test_the_refusal_never_repeats_the_input():
    with pytest.raises(ValidationError) as refusal:
        parse(values.PersonNumber, "1058529941")
    assert "1058529941" not in refusal.value.errors()[0]["msg"]


def test_a_border_number_has_a_shape_and_no_checksum():
    assert parse(values.BorderNumber, "٣٠٠٠٠٠٠٠٠١") == "3000000001"
    assert slug_of(values.BorderNumber, "300000000") == "border-number-not-valid"
    assert parse(values.BorderNumber, "4000000001") == "4000000001"
    assert slug_of(values.BorderNumber, "1058529940") == "border-number-not-valid"


def test_an_account_is_known_by_any_of_the_three_numbers():
    for number in ("1058529940", "2000000006", "3000000001"):
        assert parse(values.HolderNumber, number) == number
    assert slug_of(values.HolderNumber, "1058529941") == "person-number-not-valid"
    assert parse(values.Nationality, "egy") == "EGY"
    assert slug_of(values.Nationality, "EG") == "nationality-not-valid"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("+966501234567", "+966501234567"),
        ("+966512345678", "+966512345678"),
        ("0501234567", "+966501234567"),
        ("501234567", "+966501234567"),
        ("966501234567", "+966501234567"),
        ("00966551234567", "+966551234567"),
        ("٠٥٠١٢٣٤٥٦٧", "+966501234567"),
        ("050 123 4567", "+966501234567"),
    ],
)
def test_a_mobile_is_stored_one_way(written, stored):
    assert parse(values.Mobile, written) == stored


@pytest.mark.parametrize(
    "written",
    [
        "+966112345678",
        "+966811234567",
        "+96650123456",
        "+971501234567",
        "05O1234567",
        "0501234567 ext 3",
        "",
        "+1 202 555 0123",
    ],
)
def test_what_is_no_saudi_mobile_is_refused(written):
    assert slug_of(values.Mobile, written) == "mobile-not-valid"


RIGHT_LABELS = [
    "RR473124829GB",
    "EB000717581HK",
    "EB000717595HK",
    "EB000717618HK",
    "EB966331020HK",
    "EB761294038HK",
    "EE471108151FR",
    "RR287043775IN",
    "RR000000014SA",
    "EA123456785SA",
    "EA987654326SA",
    "RR000000005SA",
]


@pytest.mark.parametrize("identifier", RIGHT_LABELS)
def test_a_right_label_is_accepted_and_can_be_made(identifier):
    assert is_s10(identifier)
    assert parse(values.S10, identifier) == identifier
    assert make_s10(identifier[:2], int(identifier[2:10]), identifier[11:]) == identifier


@pytest.mark.parametrize(
    "identifier",
    [
        "RR473124820GB",
        "EB000717594HK",
        "EB900717618HK",
        "RA184717615H1",
        "JA473124829SA",
        "RR47312482GB",
        "rr473124829",
        "",
    ],
)
def test_a_wrong_label_is_refused(identifier):
    assert slug_of(values.S10, identifier) == "tracking-number-not-valid"


def test_a_label_is_read_as_a_person_types_it():
    assert parse(values.S10, "ea 12345678 5 sa") == "EA123456785SA"


@pytest.mark.parametrize("indicator", ["JA", "KA", "SA", "TA", "WA", "E", "e1"])
def test_a_reserved_or_malformed_indicator_cannot_be_made(indicator):
    with pytest.raises(ValueError, match="tracking-number-not-valid"):
        make_s10(indicator, 12345678)


def test_a_serial_of_nine_digits_cannot_be_made():
    with pytest.raises(ValueError, match="tracking-number-not-valid"):
        make_s10("EA", 123456789)


@pytest.mark.parametrize(
    ("kind", "right", "stored", "wrong", "slug"),
    [
        (values.ShortAddress, "raaa٢٩١٩", "RAAA2919", "RAA2919", "short-address-not-valid"),
        (values.BuildingNumber, "6418", "6418", "641", "building-number-not-valid"),
        (values.AdditionalNumber, "٣٦١٨", "3618", "36180", "additional-number-not-valid"),
        (values.Postcode, "34412", "34412", "3441", "postcode-not-valid"),
        (values.PassportNumber, "a12345678", "A12345678", "A123456789", "passport-number-not-valid"),
        (values.EnglishName, "Al-Saikhan", "AL-SAIKHAN", "KHALID  ALI", "english-name-not-valid"),
        (values.ArabicName, "عبد الرحمن", "عبد الرحمن", "Khalid", "arabic-name-not-valid"),
        (values.Email, "person@example.com", "person@example.com", "person@example", "email-not-valid"),
    ],
)
def test_each_shape_folds_and_refuses(kind, right, stored, wrong, slug):
    assert parse(kind, right) == stored
    assert slug_of(kind, wrong) == slug


@pytest.mark.parametrize(
    "address", ["a@b.com\nBcc: x@y.z", "a b@c.com", ".a@b.com", "a..b@c.com", "a@-b.com", "a@" + "b" * 300 + ".com"]
)
def test_an_address_that_could_break_a_header_is_refused(address):
    assert slug_of(values.Email, address) == "email-not-valid"


def test_every_refusal_has_words_in_two_languages():
    source = importlib.resources.files("contracts").joinpath("values.py").read_text(encoding="utf-8")
    slugs = set(re.findall(r'"([a-z0-9-]+-not-valid)"', source))
    texts = tomllib.loads(
        importlib.resources.files("contracts").joinpath("texts/values.toml").read_text(encoding="utf-8")
    )
    assert set(texts) == slugs
    assert all(text["ar"] and text["en"] for text in texts.values())
