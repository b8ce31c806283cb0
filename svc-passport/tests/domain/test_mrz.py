"""The zone: the published specimens, the made ones, every wrong digit, and names that do not fit."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.values import person_check_digit
from passport.domain import mrz
from passport.domain.mrz import Flaw, Zone, ZoneNotValid, check_digit, examine, in_zone, make, read

RIGHT = [
    ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
    ("P<JPNGAIMU<<SAKURA<<<<<<<<<<<<<<<<<<<<<<<<<<", "XS12345673JPN7902206F1101018<<<<<<<<<<<<<<00"),
    ("P<SAUALSAIKHAN<<KHALID<<<<<<<<<<<<<<<<<<<<<<", "A123456784SAU8501156M30011451101798278<<<<20"),
    ("P<SAUALYXHYXAY<<SLYMAN<<<<<<<<<<<<<<<<<<<<<<", "B000000177SAU6007012M35123111058529940<<<<94"),
    ("P<SAUALXSSYXKHAN<<XKHALD<<<<<<<<<<<<<<<<<<<<", "A123456784SAU8501156M3001145<<<<<<<<<<<<<<06"),
]


@pytest.mark.parametrize(
    ("field", "digit"), [("L898902C3", "6"), ("740812", "2"), ("120415", "9"), ("ZE184226B<<<<<", "1")]
)
def test_a_published_field_has_its_check_digit(field, digit):
    assert check_digit(field) == digit


@pytest.mark.parametrize("lines", RIGHT)
def test_a_right_zone_is_read_and_made_again(lines):
    assert examine(*lines) == ()
    assert make(read(*lines)) == lines


def test_a_zone_says_what_is_in_the_record():
    zone = read(*RIGHT[2])
    assert zone == Zone("A12345678", "ALSAIKHAN", "KHALID", "850115", "M", "300114", "SAU", "SAU", "1101798278")
    assert zone.says(number="A12345678", born_on=date(1985, 1, 15), expires_on=date(2030, 1, 14))
    assert not zone.says(number="A12345679", born_on=date(1985, 1, 15), expires_on=date(2030, 1, 14))


def test_an_empty_optional_field_may_carry_a_filler_for_its_digit():
    first, second = RIGHT[4]
    assert examine(first, second[:42] + "<" + second[43]) == ()
    filled = RIGHT[2]
    assert Flaw.OPTIONAL_CHECK_DIGIT_WRONG in examine(filled[0], filled[1][:42] + "<" + filled[1][43])


def test_the_sample_that_passes_for_right_in_public_tests_is_refused():
    first = "P<DOMDOE<<JANE".ljust(44, "<")
    second = "RD69703794DOM9205241M3006226".ljust(42, "<") + "00"
    flaws = examine(first, second)
    assert Flaw.NUMBER_CHECK_DIGIT_WRONG in flaws
    assert Flaw.COMPOSITE_CHECK_DIGIT_WRONG in flaws
    with pytest.raises(ZoneNotValid) as refusal:
        read(first, second)
    assert refusal.value.flaws == flaws


@pytest.mark.parametrize("lines", RIGHT)
@pytest.mark.parametrize(
    ("place", "flaw"),
    [
        (9, Flaw.NUMBER_CHECK_DIGIT_WRONG),
        (19, Flaw.BIRTH_CHECK_DIGIT_WRONG),
        (27, Flaw.EXPIRY_CHECK_DIGIT_WRONG),
        (42, Flaw.OPTIONAL_CHECK_DIGIT_WRONG),
        (43, Flaw.COMPOSITE_CHECK_DIGIT_WRONG),
    ],
)
def test_each_wrong_check_digit_is_named(lines, place, flaw):
    first, second = lines
    wrong = str((int(second[place]) + 1) % 10)
    assert flaw in examine(first, second[:place] + wrong + second[place + 1 :])


@given(st.sampled_from(RIGHT), st.integers(0, 27), st.integers(1, 9))
def test_one_changed_digit_of_the_record_is_always_found(lines, place, change):
    first, second = lines
    if second[place].isdigit():
        other = str((int(second[place]) + change) % 10)
        assert examine(first, second[:place] + other + second[place + 1 :]) != ()


@pytest.mark.parametrize(
    ("first", "second", "flaw"),
    [
        (RIGHT[0][0][:-1], RIGHT[0][1], Flaw.LINE_MALFORMED),
        (RIGHT[0][0].lower(), RIGHT[0][1], Flaw.LINE_MALFORMED),
        (RIGHT[0][0], RIGHT[0][1] + "\n", Flaw.LINE_MALFORMED),
        ("V" + RIGHT[0][0][1:], RIGHT[0][1], Flaw.NOT_A_PASSPORT),
        ("P<UTO" + "<" * 39, RIGHT[0][1], Flaw.NAME_MALFORMED),
        ("P<UTOERIKS0N<<ANNA".ljust(44, "<"), RIGHT[0][1], Flaw.NAME_MALFORMED),
        (RIGHT[0][0], RIGHT[0][1].replace("F1204159", "X1204159"), Flaw.SEX_MALFORMED),
        (RIGHT[0][0], RIGHT[0][1].replace("F1204159", "F12O4159"), Flaw.EXPIRY_MALFORMED),
        (RIGHT[0][0], RIGHT[0][1].replace("UTO740812", "UTO74O812"), Flaw.BIRTH_MALFORMED),
    ],
)
def test_a_malformed_zone_says_why(first, second, flaw):
    assert flaw in examine(first, second)


def zone_of(surname, given, **more):
    return Zone("A12345678", surname, given, "850115", "M", "300114", **more)


def test_a_zone_made_without_optional_data_leaves_the_field_empty():
    assert make(zone_of("Al-Saikhan", "Khalid")) == (
        "P<SAUAL<SAIKHAN<<KHALID".ljust(44, "<"),
        "A123456784SAU8501156M3001145<<<<<<<<<<<<<<06",
    )


@pytest.mark.parametrize(
    ("name", "written"),
    [("Al-Saikhan", "AL<SAIKHAN"), ("  O'Neil  Bin ", "ONEIL<BIN"), ("ABD AL RAHMAN", "ABD<AL<RAHMAN"), ("", "")],
)
def test_a_name_is_spelled_for_the_zone(name, written):
    assert in_zone(name) == written


@pytest.mark.parametrize("name", ["KHALID2", "خالد", "JOSÉ", "A.B"])
def test_a_name_that_has_no_spelling_is_refused(name):
    with pytest.raises(ZoneNotValid):
        in_zone(name)


def test_a_single_name_needs_no_second_part():
    assert make(zone_of("KHALID", ""))[0] == "P<SAUKHALID".ljust(44, "<")


def test_a_name_that_does_not_fit_is_shortened_and_shows_it():
    first, _ = make(zone_of("ALABDULWAHHAB", "ABDULRAHMAN MUHAMMAD ABDULAZIZ"))
    assert len(first) == 44
    assert first[-1].isalpha()
    assert first.startswith("P<SAUALABDULWAHHAB<<ABDUL")
    assert len(first[5:].partition("<<")[2].split("<")) == 3


@given(
    st.lists(st.text("ABCDEFGHIJ", min_size=1, max_size=30), min_size=1, max_size=12),
    st.lists(st.text("ABCDEFGHIJ", min_size=1, max_size=30), max_size=20),
)
def test_any_name_makes_a_right_zone(surname, given_names):
    lines = make(zone_of(" ".join(surname), " ".join(given_names)))
    assert examine(*lines) == ()


@given(
    st.from_regex(r"[A-Z][0-9]{8}", fullmatch=True), st.dates(date(1924, 1, 1), date(2026, 1, 1)), st.sampled_from("MF")
)
def test_what_is_made_reads_back(number, born, sex):
    person = "10" + number[1:8]
    zone = Zone(
        number,
        "ALSAIKHAN",
        "KHALID ALI",
        mrz.two_digit(born),
        sex,
        "360803",
        optional=person + person_check_digit(person),
    )
    assert read(*make(zone)) == zone


@pytest.mark.parametrize(
    "fields", [{"number": "A1234567890"}, {"born": "8501150"}, {"optional": "1" * 15}, {"number": "a12345678"}]
)
def test_a_field_that_does_not_fit_is_refused(fields):
    given_fields = {
        "number": "A12345678",
        "surname": "A",
        "given_names": "B",
        "born": "850115",
        "sex": "M",
        "expires": "300114",
    }
    with pytest.raises(ZoneNotValid):
        make(Zone(**{**given_fields, **fields}))
