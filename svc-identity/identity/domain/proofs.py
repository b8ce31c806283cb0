"""What a session was opened with, in the words tokens use (OpenID Connect `acr`, RFC 8176 `amr`)."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from identity.domain.account import Kind

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Letters and digits that nobody reads for one another."""


class Second(StrEnum):
    """The proof that completed a sign-in. A passkey completes one by itself, too: it is held and unlocked by its owner."""

    SMS = "sms"
    TOTP = "totp"
    RECOVERY = "recovery"
    PASSKEY = "passkey"


_ACR = {
    Second.SMS: "pwd+sms",
    Second.TOTP: "pwd+totp",
    Second.RECOVERY: "pwd+recovery",
    Second.PASSKEY: "passkey",
}
_AMR: Mapping[str, Sequence[str]] = {
    Second.SMS: ("pwd", "sms", "mfa"),
    Second.TOTP: ("pwd", "otp", "mfa"),
    Second.RECOVERY: ("pwd", "otp", "mfa"),
    Second.PASSKEY: ("pop", "user", "mfa"),
}
# Weakest first; a text can be redirected, a passkey cannot even be given away.
_STRENGTH = ("pwd+recovery", "pwd+sms", "pwd+totp", "passkey")
ACR_VALUES = tuple(_ACR.values())


def acr_of(second: str) -> str:
    """How strongly a session was proved, in one word."""
    return _ACR[Second(second)]


def amr_of(second: str) -> list[str]:
    """By which means."""
    return list(_AMR[Second(second)])


def is_as_strong(acr: str, wanted: str) -> bool:
    """Whether one word is at least as strong as the other; what we do not know is stronger than anything."""
    return wanted in _STRENGTH and acr in _STRENGTH and _STRENGTH.index(acr) >= _STRENGTH.index(wanted)


def awaited(kind: str, *, has_totp: bool, has_passkey: bool) -> Second:
    """What to ask for after the password. Staff are never asked for a text; nobody is who has something better."""
    if has_totp or kind == Kind.STAFF:
        return Second.TOTP
    return Second.PASSKEY if has_passkey else Second.SMS


def may_take_text(kind: str, *, has_totp: bool) -> bool:
    """Whether a code by text may stand in for the passkey that was not at hand."""
    return kind != Kind.STAFF and not has_totp
