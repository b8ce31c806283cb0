"""The first look at a portrait: a good one passes, each fault is named, and nothing hostile gets through."""

import io
import tomllib
import zlib
from dataclasses import replace
from datetime import date
from importlib import resources
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFilter, PngImagePlugin

from chassis.rulebook import Rulebook
from passport.domain.photo import Flaw, Limits, clean, examine

_spec = spec_from_file_location("portraits", Path(__file__).parents[1] / "portraits.py")
portraits = module_from_spec(_spec)
_spec.loader.exec_module(portraits)
drawn, saved = portraits.drawn, portraits.saved

LIMITS = Limits.of(Rulebook.of("passport").on(date(2026, 11, 22)).table("passport.photo.limits"))


def flaws(data, limits=LIMITS):
    return [finding.flaw for finding in examine(data, limits)]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_good_portrait_goes_on_to_the_officer(kind):
    assert examine(saved(drawn(), kind), LIMITS) == []


def test_a_large_and_a_small_good_portrait_pass_alike():
    assert flaws(saved(drawn((1600, 2400)), quality=95)) == []
    assert flaws(saved(drawn((300, 450)), quality=95)) == []


@pytest.mark.parametrize("kind", ["GIF", "BMP", "WEBP", "TIFF"])
def test_other_formats_are_refused_whatever_they_are_called(kind):
    assert flaws(saved(drawn(), kind), replace(LIMITS, least_bytes=1)) == [Flaw.FORMAT_NOT_ACCEPTED]


@pytest.mark.parametrize(
    "data", [b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 200, b"%PDF-1.7" + b"x" * 9000, b"\0" * 9000]
)
def test_what_is_no_picture_is_refused(data):
    assert flaws(data) == [Flaw.FORMAT_NOT_ACCEPTED]


def test_an_empty_file_is_too_small():
    assert flaws(b"") == [Flaw.FILE_TOO_SMALL]


def test_a_file_over_the_limit_is_refused_unread():
    assert flaws(b"x" * (LIMITS.most_bytes + 1)) == [Flaw.FILE_TOO_LARGE]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_file_cut_short_is_damaged(kind):
    whole = saved(drawn((1200, 1800)), kind)
    assert flaws(whole[: len(whole) // 2]) == [Flaw.DAMAGED]


def test_a_broken_checksum_is_damaged():
    whole = bytearray(saved(drawn(), "PNG"))
    at = whole.index(b"IDAT") + 40
    whole[at] ^= 0xFF
    assert flaws(bytes(whole)) == [Flaw.DAMAGED]


def claiming(width, height):
    """A PNG that says it is so large and holds next to nothing."""
    header = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    chunk = (13).to_bytes(4, "big") + header + zlib.crc32(header).to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n" + chunk + saved(drawn(), "PNG")[33:]


@pytest.mark.parametrize("size", [(6000, 9000), (12000, 12000), (60000, 60000)])
def test_a_picture_that_claims_to_be_huge_is_refused_before_it_is_decoded(size):
    assert flaws(claiming(*size)) == [Flaw.PICTURE_TOO_LARGE]


def test_a_picture_too_small_to_print_is_refused():
    assert Flaw.PICTURE_TOO_SMALL in flaws(saved(drawn((200, 300)), "PNG"), replace(LIMITS, least_bytes=1))


@pytest.mark.parametrize(
    ("size", "passes"),
    [((600, 900), True), ((620, 900), True), ((650, 900), False), ((900, 900), False), ((560, 900), False)],
)
def test_the_shape_is_the_print_form(size, passes):
    assert (Flaw.SHAPE_WRONG not in flaws(saved(drawn(size)))) is passes


def test_a_grey_picture_is_refused():
    assert Flaw.NOT_IN_COLOUR in flaws(saved(drawn().convert("L")))


def test_a_dark_picture_says_so():
    assert Flaw.TOO_DARK in flaws(saved(drawn().point(lambda value: value // 5)))


def test_a_dark_or_coloured_wall_is_refused():
    assert Flaw.BACKGROUND_NOT_LIGHT in flaws(saved(drawn(wall=(60, 90, 160))))
    assert Flaw.BACKGROUND_NOT_LIGHT not in flaws(saved(drawn(wall=(214, 214, 214))))


def test_a_wall_with_something_on_it_is_refused():
    picture = drawn()
    ImageDraw.Draw(picture).rectangle((0, 0, 50, 900), fill=(30, 120, 30))
    assert Flaw.BACKGROUND_NOT_PLAIN in flaws(saved(picture))


def test_two_corners_of_different_light_are_not_plain():
    picture = drawn()
    ImageDraw.Draw(picture).rectangle((450, 0, 600, 200), fill=(180, 180, 180))
    assert Flaw.BACKGROUND_NOT_PLAIN in flaws(saved(picture))


def test_an_empty_wall_has_nobody_in_it():
    limits = replace(LIMITS, least_bytes=1)
    assert Flaw.NOBODY_IN_IT in flaws(saved(Image.new("RGB", (600, 900), (235, 235, 235))), limits)


def test_a_white_sheet_is_too_bright():
    assert Flaw.TOO_BRIGHT in flaws(saved(Image.new("RGB", (600, 900), "white")), replace(LIMITS, least_bytes=1))


@pytest.mark.parametrize("radius", [6, 12, 40])
def test_a_blurred_picture_is_not_sharp(radius):
    assert Flaw.NOT_SHARP in flaws(
        saved(drawn().filter(ImageFilter.GaussianBlur(radius))), replace(LIMITS, least_bytes=1)
    )


def test_a_slightly_soft_picture_passes():
    assert flaws(saved(drawn().filter(ImageFilter.GaussianBlur(2)))) == []


def test_all_faults_are_told_at_once_with_what_was_found():
    found = examine(saved(drawn((900, 900), wall=(40, 40, 90)).convert("L")), LIMITS)
    assert {Flaw.SHAPE_WRONG, Flaw.NOT_IN_COLOUR, Flaw.BACKGROUND_NOT_LIGHT} <= {finding.flaw for finding in found}
    shape = next(finding for finding in found if finding.flaw is Flaw.SHAPE_WRONG)
    assert (shape.found, shape.limit) == ("900:900", "40:60")


def test_a_picture_with_clear_parts_is_seen_on_white():
    picture = drawn().convert("RGBA")
    ImageDraw.Draw(picture).rectangle((0, 0, 600, 100), fill=(0, 0, 0, 0))
    assert Flaw.BACKGROUND_NOT_LIGHT not in flaws(saved(picture, "PNG"))


def test_a_picture_lying_on_its_side_is_turned_as_its_camera_said():
    side = drawn().transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    assert flaws(saved(side, exif=exif)) == []
    assert Flaw.SHAPE_WRONG in flaws(saved(side))


def test_a_cleaned_portrait_carries_nothing_but_the_picture():
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    with_exif = saved(drawn(), exif=exif) + b"<script>alert(1)</script>"
    cleaned = clean(with_exif, LIMITS)
    assert b"secret place" in with_exif
    assert b"secret place" not in cleaned
    assert b"script" not in cleaned
    again = Image.open(io.BytesIO(cleaned))
    assert (again.format, again.size, dict(again.getexif())) == ("JPEG", (600, 900), {})
    assert flaws(cleaned) == []


def test_a_comment_in_a_png_does_not_survive():
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", "secret place")
    assert b"secret" not in clean(saved(drawn(), "PNG", pnginfo=note), LIMITS)


def test_what_cannot_be_read_cannot_be_cleaned():
    with pytest.raises(ValueError, match="photo-format-not-accepted"):
        clean(b"%PDF-1.7", LIMITS)


def test_an_unknown_or_missing_limit_is_an_error():
    table = dict(Rulebook.of("passport").on(date(2026, 11, 22)).table("passport.photo.limits"))
    with pytest.raises(TypeError):
        Limits.of({**table, "least_smile": 1})
    table.pop("least_width")
    with pytest.raises(TypeError):
        Limits.of(table)


def test_every_flaw_has_words_in_two_languages():
    texts = tomllib.loads(resources.files("passport").joinpath("texts/photo.toml").read_text(encoding="utf-8"))
    assert set(texts) == {flaw.value for flaw in Flaw}
    assert all(text["ar"] and text["en"] for text in texts.values())
