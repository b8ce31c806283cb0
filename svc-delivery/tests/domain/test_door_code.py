"""A door code is random, of the length the rule says, and known only by a digest bound to its envelope."""

from uuid import uuid4

from chassis.crypto import Cipher
from delivery.domain.door_code import agrees, digest_of, new_code

INDEX = Cipher({"1": "columns"}, "1", "index").index


def test_codes_have_the_length_asked_for_and_leading_zeros():
    codes = {new_code(6) for _ in range(5000)}
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(codes) > 4900
    assert any(code.startswith("0") for code in codes)


def test_the_same_code_opens_only_its_own_envelope():
    one, other = uuid4(), uuid4()
    known = digest_of(INDEX, one, "004217")
    assert agrees(known, digest_of(INDEX, one, "004217"))
    assert agrees(known, digest_of(INDEX, one, " ٠٠٤٢١٧ "))
    assert not agrees(known, digest_of(INDEX, other, "004217"))
    assert not agrees(known, digest_of(INDEX, one, "004218"))
