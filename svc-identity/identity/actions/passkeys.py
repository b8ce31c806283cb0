"""Passkeys: added by a signed-in person, and used to sign in, alone or after the password; seen and removed by their owner.

A challenge is no row: it is a random text, a time and our own mark over both, bound to one browser and one purpose. Only
the answered ones are kept, so that no answer counts twice, and showing a page writes nothing.
"""

import json
import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException

from chassis.clock import machine_now
from chassis.database import Session
from chassis.identifiers import uuid7
from chassis.refusals import Conflict, Invalid
from identity.actions.hold import require_open
from identity.actions.tell_proof import tell_proof
from identity.domain.account import may_issue
from identity.models import Account, Passkey, SpentChallenge
from identity.queries import account_by_id
from identity.settings import IdentitySettings
from identity.wiring import Identity

_RANDOM_BYTES = 16
NAME_LENGTH = 60


class Purpose(StrEnum):
    """What a challenge is for; its answer counts for nothing else."""

    ADD = "add"
    SIGN_IN = "sign_in"


class PasskeyRefused(Invalid):
    """The authenticator's answer is not one we asked this browser for, or does not prove what it has to."""

    slug = "passkey-refused"


class TooManyPasskeys(Conflict):
    """An account has as many passkeys as it may."""

    slug = "too-many-passkeys"


def relying_party(settings: IdentitySettings) -> str:
    """The host passkeys belong to: that of the public address."""
    return settings.public_url.split("://", 1)[1].split("/", 1)[0].rsplit(":", 1)[0]


def new_challenge(service: Identity, purpose: Purpose, browser: str) -> bytes:
    """A challenge that only this browser can answer, for this purpose, for some minutes."""
    lifetime = service.rules().table("identity.passkey.limits")["answer_within"]
    plain = f"{secrets.token_hex(_RANDOM_BYTES)}.{int(machine_now().timestamp()) + lifetime}"
    return f"{plain}.{_mark(service, purpose, browser, plain)}".encode()


async def passkeys_of(session: Session, account_id: UUID) -> list[Passkey]:
    """An account's passkeys, oldest first."""
    mine = sa.select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.id)
    return list(await session.scalars(mine))


async def add_passkey(
    service: Identity, session: Session, account: Account, browser: str, answer: str, name: str
) -> Passkey:
    """Keep the public half of a new passkey. Raises Frozen, PasskeyRefused or TooManyPasskeys."""
    require_open(service, account, "add_passkey")
    challenge = await _spend(service, session, Purpose.ADD, browser, answer)
    await account_by_id(session, account.id, lock=True)
    if len(await passkeys_of(session, account.id)) >= service.rules().table("identity.passkey.limits")["most"]:
        raise TooManyPasskeys
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=relying_party(service.settings),
            expected_origin=service.settings.public_url,
            require_user_verification=True,
        )
    except WebAuthnException as bad:
        raise PasskeyRefused from bad
    now = service.clock.now()
    passkey = Passkey(
        id=uuid7(),
        account_id=account.id,
        person=account.person,
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name.strip()[:NAME_LENGTH],
        is_backed_up=made.credential_backed_up,
        added_at=now,
    )
    if await session.scalar(sa.select(Passkey.id).where(Passkey.credential_id == passkey.credential_id)):
        raise PasskeyRefused
    session.add(passkey)
    await session.flush()
    await tell_proof(service, session, account, "passkey", "added")
    return passkey


async def accept_passkey(service: Identity, session: Session, browser: str, answer: str) -> Account:
    """The active account whose passkey this answer proves, held and unlocked by its owner. Raises PasskeyRefused."""
    challenge = await _spend(service, session, Purpose.SIGN_IN, browser, answer)
    named = _field(answer, "id")
    passkey = await session.scalar(sa.select(Passkey).where(Passkey.credential_id == named).with_for_update())
    if passkey is None:
        raise PasskeyRefused
    try:
        proved = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=relying_party(service.settings),
            expected_origin=service.settings.public_url,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except WebAuthnException as bad:
        raise PasskeyRefused from bad
    passkey.sign_count, passkey.used_at = proved.new_sign_count, service.clock.now()
    account = await account_by_id(session, passkey.account_id, lock=True)
    if account is None or not may_issue(account.status):
        raise PasskeyRefused
    return account


async def remove_passkey(service: Identity, session: Session, account: Account, passkey_id: UUID) -> bool:
    """Forget one of this account's passkeys; False when there is none of that id."""
    gone = await session.scalar(
        sa.delete(Passkey).where(Passkey.id == passkey_id, Passkey.account_id == account.id).returning(Passkey.id)
    )
    if gone is None:
        return False
    await tell_proof(service, session, account, "passkey", "removed")
    return True


async def _spend(service: Identity, session: Session, purpose: Purpose, browser: str, answer: str) -> bytes:
    """The challenge an answer answers, if we gave it to this browser for this purpose, in time and for the first time."""
    try:
        challenge = parse_client_data_json(base64url_to_bytes(_field(answer, "response", "clientDataJSON"))).challenge
        plain, _, mark = challenge.decode("ascii").rpartition(".")
        expires_at = datetime.fromtimestamp(int(plain.rpartition(".")[2]), UTC)
    except (WebAuthnException, ValueError, OverflowError) as bad:
        raise PasskeyRefused from bad
    ours = _mark(service, purpose, browser, plain)
    if not secrets.compare_digest(mark, ours) or expires_at <= machine_now():
        raise PasskeyRefused
    first = insert(SpentChallenge).values(digest=ours, expires_at=expires_at).on_conflict_do_nothing()
    if await session.scalar(first.returning(SpentChallenge.digest)) is None:
        raise PasskeyRefused
    return challenge


def _mark(service: Identity, purpose: Purpose, browser: str, plain: str) -> str:
    return service.cipher.index(f"passkey:{purpose}:{browser}:{plain}")


def _field(answer: str, *path: str) -> str:
    """A text somewhere in the authenticator's answer. Raises PasskeyRefused when it is not there."""
    try:
        found: Any = json.loads(answer)
        for name in path:
            found = found[name]
    except (ValueError, KeyError, TypeError, RecursionError) as bad:
        raise PasskeyRefused from bad
    if not isinstance(found, str):
        raise PasskeyRefused
    return found
