"""Cutting texts into parts as telephones expect them, and putting them together again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.segmentation import GSM7, UCS2, TextTooLong, join, segment

ARABIC = "تم اعتماد طلب تجديد جواز سفركم"


@pytest.mark.parametrize(
    ("text", "coding", "lengths"),
    [
        ("x" * 160, GSM7, [160]),
        ("x" * 161, GSM7, [153, 8]),
        ("€" * 80, GSM7, [160]),
        ("€" * 81, GSM7, [152, 10]),
        ("م" * 70, UCS2, [140]),
        ("م" * 116, UCS2, [134, 98]),
        ("", GSM7, [0]),
        ("a{b}~", GSM7, [8]),
        ("é and à", GSM7, [7]),
        ("ê", UCS2, [2]),
    ],
)
def test_texts_are_cut_at_the_published_lengths(text: str, coding: int, lengths: list[int]):
    parts = segment(text, 7)
    header = 6 if len(lengths) > 1 else 0
    assert parts.data_coding == coding
    assert [len(part) - header for part in parts.octets] == lengths
    if header:
        assert parts.octets[0][:6] == bytes((5, 0, 3, 7, len(lengths), 1))


def test_an_emoji_or_a_vowel_mark_is_never_cut_from_its_letter():
    for text in ("م" * 66 + "😀" + "م" * 10, "م" * 66 + "مُ" + "م" * 10):
        for part in segment(text, 1).octets:
            body = part[6:].decode("utf-16-be")
            assert body.encode("utf-16-be") == part[6:]
            assert not body.startswith("ُ")


def test_a_text_of_more_than_255_parts_is_refused():
    segment("x" * 153 * 255)
    with pytest.raises(TextTooLong):
        segment("x" * (153 * 255 + 1))


@given(st.one_of(st.text(alphabet="abc€{}[]é\n 0123م😀شُ", max_size=500), st.text(max_size=300)))
def test_every_text_is_whole_again_on_the_telephone(text: str):
    if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        return
    parts = segment(text, 200)
    assert all(len(part) <= (160 if parts.data_coding == GSM7 else 140) for part in parts.octets)
    by_place = dict(enumerate(parts.octets, start=1))
    assert join(parts.data_coding, by_place, headed=len(by_place) > 1) == text
