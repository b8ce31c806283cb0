"""Keys retire in order: whoever holds an older token, or an older set, is never refused for a rotation."""

import json
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.errors import JoseError

from identity.keys import SigningKeys

DAY = timedelta(days=1)


def kids(keys):
    return [key["kid"] for key in keys.published()["keys"]]


def signer(keys, token):
    return jwt.decode(token, keys.key_set(), algorithms=["RS256"]).header["kid"]


def test_a_key_is_published_before_it_signs_and_after_it_has_stopped(tmp_path):
    running, command = SigningKeys(tmp_path), SigningKeys(tmp_path)
    tokens, sets = [], []
    for _ in range(4):
        sets.append(kids(running))
        tokens.append(running.sign({"typ": "at+jwt"}, {"n": 1}))
        command.rotate(DAY)
    # The running process signs with the new key at once and has never forgotten an old one.
    signers = [signer(running, token) for token in tokens]
    assert len(set(signers)) == 4
    for before, after in zip(sets, signers[1:], strict=False):
        assert after == before[1], "whoever read the set before the rotation knows the key that signs after it"
    assert len(set(kids(running))) == 6
    # What has retired for longer than anything it signed is believed is forgotten.
    command.rotate(timedelta())
    assert len(kids(running)) == 2
    with pytest.raises((JoseError, ValueError)):
        signer(running, tokens[0])


def test_of_two_first_starts_the_earlier_ones_keys_stand(tmp_path):
    first, second = SigningKeys(tmp_path), SigningKeys(tmp_path)
    assert kids(first) == kids(second)
    assert [path.name for path in tmp_path.iterdir()] == ["identity-signing-keys.json"]


def test_a_retired_keys_private_half_is_gone(tmp_path):
    keys = SigningKeys(tmp_path)
    keys.sign({}, {})
    keys.rotate(DAY)
    kept = json.loads((tmp_path / "identity-signing-keys.json").read_text())
    assert [sorted(key) for key in kept["retired"]] == [["alg", "e", "kid", "kty", "n", "retired_at", "use"]]
    assert all(set(key) == {"alg", "e", "kid", "kty", "n", "use"} for key in keys.published()["keys"])
