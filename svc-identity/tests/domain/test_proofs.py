"""What a session was proved with, in tokens' words; what is asked for after the password; where a request came from."""

import re
import tomllib
from pathlib import Path

import pytest

import identity
from chassis.catalogue import LANGUAGES, Texts
from identity.domain.browsers import place_of
from identity.domain.proofs import ACR_VALUES, Second, acr_of, amr_of, awaited, is_as_strong, may_take_text

TEXTS = Texts("chassis", "contracts", "identity")


def test_every_proof_has_its_word_and_its_means():
    assert [acr_of(each) for each in Second] == ["pwd+sms", "pwd+totp", "pwd+recovery", "passkey"]
    assert set(ACR_VALUES) == {acr_of(each) for each in Second}
    assert all("mfa" in amr_of(each) for each in Second)
    assert amr_of("passkey") == ["pop", "user", "mfa"]
    with pytest.raises(ValueError, match="pwd"):
        acr_of("pwd")


def test_a_passkey_is_stronger_than_an_app_and_an_app_than_a_text():
    assert is_as_strong("passkey", "pwd+totp")
    assert is_as_strong("pwd+totp", "pwd+sms")
    assert not is_as_strong("pwd+sms", "pwd+totp")
    assert not is_as_strong("passkey", "unheard-of")
    assert not is_as_strong("unheard-of", "pwd+sms")


@pytest.mark.parametrize(
    ("kind", "has_totp", "has_passkey", "asked", "text_will_do"),
    [
        ("citizen", False, False, Second.SMS, True),
        ("citizen", True, False, Second.TOTP, False),
        ("resident", False, True, Second.PASSKEY, True),
        ("citizen", True, True, Second.TOTP, False),
        ("staff", True, False, Second.TOTP, False),
        ("staff", True, True, Second.TOTP, False),
        ("staff", False, True, Second.TOTP, False),
    ],
)
def test_who_has_something_better_is_not_asked_for_a_text(kind, has_totp, has_passkey, asked, text_will_do):
    assert awaited(kind, has_totp=has_totp, has_passkey=has_passkey) is asked
    assert may_take_text(kind, has_totp=has_totp) is text_will_do


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::9", "2001:db8:1::/48"),
        ("unknown", ""),
        ("", ""),
        ("192.0.2.77, 10.0.0.1", ""),
    ],
)
def test_a_place_is_a_network_and_never_an_address(address, place):
    assert place_of(address) == place


def test_every_text_with_a_code_names_the_act_it_is_for():
    """Whoever is talked out of a code on the telephone reads in it what it would do."""
    with_code = {
        key: entry
        for file in (Path(identity.__file__).parent / "texts").glob("*.toml")
        for key, entry in tomllib.loads(file.read_text(encoding="utf-8")).items()
        if "{code}" in str(entry)
    }
    assert {"code.registration", "code.sign_in"} <= set(with_code)
    for key, entry in with_code.items():
        for language in LANGUAGES:
            assert "{act}" in str(entry[language]), f"{key} in {language} does not say what the code is for"


def test_every_purpose_of_a_code_has_its_act_in_words():
    """Purposes are declared as `Purpose("name", …)`; each needs a text and the act the text names."""
    named = {
        found
        for file in Path(identity.__file__).parent.rglob("*.py")
        for found in re.findall(r'\bPurpose\(\s*"([a-z_]+)"', file.read_text(encoding="utf-8"))
    }
    assert {"registration", "sign_in"} <= named
    for name in named:
        assert TEXTS.both(f"act.{name}")
        assert TEXTS.both(f"code.{name}")
