"""The first look at a portrait, by Pillow alone: format, size, shape, light, background. An officer decides.

Every limit is a value of the dated rule ``passport.photo.limits``. Decoding is work for a thread, which the caller owns.
"""

import io
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from PIL import Image, ImageFilter, ImageOps, ImageStat

_QUALITY: Final = 92
_EXAMINED_WIDTH: Final = 240
_BREAKAGE: Final = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)
_BOMB: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class Flaw(StrEnum):
    """What can be wrong with a portrait before anybody has looked at it."""

    FORMAT_NOT_ACCEPTED = "photo-format-not-accepted"
    DAMAGED = "photo-damaged"
    FILE_TOO_LARGE = "photo-file-too-large"
    FILE_TOO_SMALL = "photo-file-too-small"
    PICTURE_TOO_LARGE = "photo-picture-too-large"
    PICTURE_TOO_SMALL = "photo-picture-too-small"
    SHAPE_WRONG = "photo-shape-wrong"
    NOT_IN_COLOUR = "photo-not-in-colour"
    TOO_DARK = "photo-too-dark"
    TOO_BRIGHT = "photo-too-bright"
    BACKGROUND_NOT_LIGHT = "photo-background-not-light"
    BACKGROUND_NOT_PLAIN = "photo-background-not-plain"
    NOBODY_IN_IT = "photo-nobody-in-it"
    NOT_SHARP = "photo-not-sharp"


@dataclass(frozen=True)
class Limits:
    """The rule's value. Brightness runs from 0 to 255, spreads are standard deviations on the same scale."""

    formats: tuple[str, ...]
    least_bytes: int
    most_bytes: int
    least_width: int
    least_height: int
    most_pixels: int
    shape_width: int
    shape_height: int
    shape_tolerance_percent: int
    least_brightness: int
    most_brightness: int
    background_least_brightness: int
    background_most_spread: int
    background_corner_percent: int
    least_contrast: int
    least_sharpness: int

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> "Limits":
        """From the rule's table. Raises TypeError if a limit is missing or unknown."""
        return cls(**{**table, "formats": tuple(table["formats"])})


@dataclass(frozen=True)
class Finding:
    """One flaw, with what was found and what the limit is, both in the limit's own measure."""

    flaw: Flaw
    found: int | str
    limit: int | str


def examine(data: bytes, limits: Limits) -> list[Finding]:
    """Every flaw of a portrait; an empty list lets it go on to the officer."""
    if findings := list(_of_the_file(data, limits)):
        return findings
    opened = _open(data, limits)
    if isinstance(opened, Finding):
        return [opened]
    return list(_of_the_picture(opened, limits))


def clean(data: bytes, limits: Limits) -> bytes:
    """The same portrait as a fresh JPEG, upright, without anything that came along in the file.

    Raises ValueError with the flaw's name for what cannot be read.
    """
    opened = _open(data, limits)
    if isinstance(opened, Finding):
        raise ValueError(opened.flaw)
    written = io.BytesIO()
    opened.convert("RGB").save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()


def _of_the_file(data: bytes, limits: Limits) -> Iterator[Finding]:
    if len(data) > limits.most_bytes:
        yield Finding(Flaw.FILE_TOO_LARGE, len(data), limits.most_bytes)
    if len(data) < limits.least_bytes:
        yield Finding(Flaw.FILE_TOO_SMALL, len(data), limits.least_bytes)


def _open(data: bytes, limits: Limits) -> Image.Image | Finding:
    """The decoded picture, upright; its size is known, and refused, before a pixel is decoded."""
    try:
        picture = Image.open(io.BytesIO(data), formats=list(limits.formats))
    except _BOMB:
        return Finding(Flaw.PICTURE_TOO_LARGE, "", limits.most_pixels)
    except _BREAKAGE:
        return Finding(Flaw.FORMAT_NOT_ACCEPTED, "", ", ".join(limits.formats))
    pixels = picture.width * picture.height
    if pixels > limits.most_pixels:
        return Finding(Flaw.PICTURE_TOO_LARGE, pixels, limits.most_pixels)
    try:
        picture.load()
        return ImageOps.exif_transpose(picture)
    except _BREAKAGE:
        return Finding(Flaw.DAMAGED, "", "")


def _of_the_picture(picture: Image.Image, limits: Limits) -> Iterator[Finding]:
    yield from _of_the_shape(picture, limits)
    if picture.mode not in ("RGB", "RGBA", "P"):
        yield Finding(Flaw.NOT_IN_COLOUR, picture.mode, "RGB")
    grey = _examined(picture)
    yield from _of_the_light(grey, limits)
    yield from _of_the_background(grey, limits)


def _of_the_shape(picture: Image.Image, limits: Limits) -> Iterator[Finding]:
    if picture.width < limits.least_width or picture.height < limits.least_height:
        size, least = f"{picture.width}x{picture.height}", f"{limits.least_width}x{limits.least_height}"
        yield Finding(Flaw.PICTURE_TOO_SMALL, size, least)
    # By how many percent the width misses the width that belongs to this height.
    off = abs(100 * picture.width * limits.shape_height // (picture.height * limits.shape_width) - 100)
    if off > limits.shape_tolerance_percent:
        shape = f"{limits.shape_width}:{limits.shape_height}"
        yield Finding(Flaw.SHAPE_WRONG, f"{picture.width}:{picture.height}", shape)


def _of_the_light(grey: Image.Image, limits: Limits) -> Iterator[Finding]:
    brightness = round(ImageStat.Stat(grey).mean[0])
    if brightness < limits.least_brightness:
        yield Finding(Flaw.TOO_DARK, brightness, limits.least_brightness)
    if brightness > limits.most_brightness:
        yield Finding(Flaw.TOO_BRIGHT, brightness, limits.most_brightness)
    contrast = round(ImageStat.Stat(grey).stddev[0])
    if contrast < limits.least_contrast:
        yield Finding(Flaw.NOBODY_IN_IT, contrast, limits.least_contrast)
        return
    # The outermost pixels have no neighbours to compare with and are copied as they are.
    edges = ImageOps.crop(grey.filter(ImageFilter.FIND_EDGES), 1)
    sharpness = round(ImageStat.Stat(edges).stddev[0])
    if sharpness < limits.least_sharpness:
        yield Finding(Flaw.NOT_SHARP, sharpness, limits.least_sharpness)


def _of_the_background(grey: Image.Image, limits: Limits) -> Iterator[Finding]:
    """Background is what stands in the two upper corners, where no head of the right size reaches."""
    width = max(1, grey.width * limits.background_corner_percent // 100)
    height = max(1, grey.height * limits.background_corner_percent // 100)
    corners = (grey.crop((0, 0, width, height)), grey.crop((grey.width - width, 0, grey.width, height)))
    seen = Image.new("L", (width * 2, height))
    for place, corner in enumerate(corners):
        seen.paste(corner, (place * width, 0))
    brightness, spread = round(ImageStat.Stat(seen).mean[0]), round(ImageStat.Stat(seen).stddev[0])
    if brightness < limits.background_least_brightness:
        yield Finding(Flaw.BACKGROUND_NOT_LIGHT, brightness, limits.background_least_brightness)
    if spread > limits.background_most_spread:
        yield Finding(Flaw.BACKGROUND_NOT_PLAIN, spread, limits.background_most_spread)


def _examined(picture: Image.Image) -> Image.Image:
    """One size and no colour, so that the measures mean the same for every camera; clear parts count as white."""
    with_alpha = picture.convert("RGBA")
    flat = Image.alpha_composite(Image.new("RGBA", with_alpha.size, "white"), with_alpha)
    height = max(1, round(picture.height * _EXAMINED_WIDTH / picture.width))
    return flat.convert("L").resize((_EXAMINED_WIDTH, height))
