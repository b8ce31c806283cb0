"""No mutation of a file makes the cleaner do anything but clean or refuse."""

import io
import random

import pikepdf
import pytest
from PIL import Image

from chassis.clock import Clock
from chassis.rulebook import Rulebook
from support.cleaning import Cleaner
from support.files import FileNotAccepted, clean

LIMITS = Rulebook.of("support").on(Clock().today()).table("support.attachment.limits")


def seeds() -> dict[str, bytes]:
    made = {}
    for kind in ("PNG", "JPEG"):
        written = io.BytesIO()
        Image.effect_noise((24, 24), 60).convert("RGB").save(written, kind)
        made[kind] = written.getvalue()
    written = io.BytesIO()
    with pikepdf.new() as new:
        new.add_blank_page()
        new.save(written)
    made["PDF"] = written.getvalue()
    return made


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "PDF"])
def test_a_damaged_file_is_cleaned_or_refused_and_nothing_else(kind):
    chance, whole = random.Random(kind), seeds()[kind]
    outcomes = set()
    for _ in range(250):
        bent = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            place = chance.randrange(8, len(bent))
            choice = chance.randrange(3)
            if choice == 0:
                bent[place] = chance.randrange(256)
            elif choice == 1:
                del bent[place : place + chance.randrange(1, 9)]
            else:
                bent[place:place] = chance.randbytes(chance.randrange(1, 9))
            if len(bent) < 20:
                break
        try:
            clean(bytes(bent), LIMITS)
            outcomes.add("cleaned")
        except FileNotAccepted:
            outcomes.add("refused")
    assert "refused" in outcomes


async def test_what_is_cleaned_apart_is_what_is_cleaned_here():
    contents = list(seeds().values())
    for content, apart in zip(contents, await Cleaner().clean(contents, LIMITS), strict=True):
        assert apart.media_type == clean(content, LIMITS).media_type
        assert clean(apart.content, LIMITS).media_type == apart.media_type
