"""Devices without a keyboard (RFC 8628): a counter's screen asks, a person types its code elsewhere, the screen is let in."""

import secrets
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant, DeviceCredentialMixin
from sqlalchemy.orm import Session

from chassis.clock import machine_now
from chassis.identifiers import uuid7
from identity.domain.clients import ANY_METHOD
from identity.models import DeviceRequest, SignedIn
from identity.oauth.families import grantee_of, open_family
from identity.oauth.rows import Grantee, KnownClient, digest
from identity.wiring import Identity

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8
_NOBODYS_COOKIE = 32


def user_code_index(service: Identity, typed: str) -> str:
    """How the code a person types is kept; dashes, blanks and small letters do not matter."""
    plain = "".join(letter for letter in typed.upper() if letter in LETTERS)
    return service.cipher.index(f"device:{plain}")


class Waiting(DeviceCredentialMixin):  # type: ignore[misc]
    """A device's request as authlib wants to see it."""

    def __init__(self, row: DeviceRequest) -> None:
        self.row = row

    def get_client_id(self) -> str:
        return self.row.client_id

    def get_scope(self) -> str:
        return self.row.scope

    def get_user_code(self) -> str:
        return str(self.row.id)

    def is_expired(self) -> bool:
        return self.row.expires_at <= machine_now()


class DeviceDoor(DeviceAuthorizationEndpoint):  # type: ignore[misc]
    """A device asks: it gets a code of its own and one to show."""

    CLIENT_AUTH_METHODS = ANY_METHOD

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self._times = server.rules.table("identity.waiting_device.times")
        self.EXPIRES_IN, self.INTERVAL = self._times["lifetime"], self._times["interval"]

    def authenticate_client(self, request: Any) -> KnownClient:
        client: KnownClient = super().authenticate_client(request)
        if not client.check_grant_type(DeviceGrant.GRANT_TYPE):
            raise UnauthorizedClientError
        if client.get_allowed_scope(request.payload.scope) is None:
            raise InvalidScopeError
        return client

    def generate_user_code(self) -> str:
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"

    def generate_device_code(self) -> str:
        return secrets.token_urlsafe(32)

    def get_verification_uri(self) -> str:
        return f"{self.server.service.settings.public_url}/device"

    def save_device_credential(self, client_id: str, scope: str, data: dict[str, Any]) -> None:
        service, session = self.server.service, self.server.session
        client = self.server.query_client(client_id)
        now = machine_now()
        session.add(
            DeviceRequest(
                id=uuid7(),
                digest=digest(data["device_code"]),
                user_code_index=user_code_index(service, data["user_code"]),
                client_id=client_id,
                scope=client.get_allowed_scope(scope),
                interval_seconds=self._times["interval"],
                opened_at=now,
                expires_at=now + timedelta(seconds=self._times["lifetime"]),
            )
        )
        session.flush()


class DeviceGrant(DeviceCodeGrant):  # type: ignore[misc]
    """The device comes back until somebody has decided; then once."""

    TOKEN_ENDPOINT_AUTH_METHODS = ANY_METHOD

    def query_device_credential(self, device_code: str) -> Waiting:
        row = self.server.session.scalar(
            sa.select(DeviceRequest).where(DeviceRequest.digest == digest(device_code)).with_for_update()
        )
        if row is None or row.used_at is not None or row.client_id != self.request.client.get_client_id():
            raise InvalidGrantError("there is no such device code")
        self.waiting: DeviceRequest = row
        return Waiting(row)

    def query_user_grant(self, user_code: str) -> tuple[Grantee | None, bool] | None:
        row, server = self.waiting, self.server
        if row.approved is None:
            return None
        row.used_at = machine_now()
        server.session.flush()
        if not row.approved or row.session_id is None:
            return None, False
        approver = grantee_of(server.session, row.session_id)
        if approver is None:
            raise InvalidGrantError("whoever let the device in is signed out")
        client = self.request.client.row
        grantee = Grantee(approver.account, _session_of_its_own(server.session, approver.session, client.name_en))
        server.family = open_family(server.service, server.session, client, grantee, self.GRANT_TYPE, row.scope)
        return grantee, True

    def should_slow_down(self, credential: Waiting) -> bool:
        """Asking again too soon is answered by a longer wait, for good (RFC 8628, section 3.5)."""
        row, now = credential.row, machine_now()
        too_soon = row.asked_at is not None and row.asked_at + timedelta(seconds=row.interval_seconds) > now
        if too_soon:
            row.interval_seconds += self.server.rules.table("identity.waiting_device.times")["slower_by"]
        row.asked_at = now
        self.server.session.flush()
        return too_soon

    def authenticate_token_endpoint_client(self) -> KnownClient:
        """Kept at once: the library tells it to nobody before the device code was looked for."""
        self.request.client = super().authenticate_token_endpoint_client()
        return self.request.client  # type: ignore[no-any-return]


def _session_of_its_own(session: Session, approved_in: SignedIn, name: str) -> SignedIn:
    """The device is a session its owner sees and ends; it stays when the telephone it was approved on signs out."""
    now: datetime = machine_now()
    signed_in = SignedIn(
        id=uuid7(),
        account_id=approved_in.account_id,
        person=approved_in.person,
        token_digest=digest(secrets.token_urlsafe(_NOBODYS_COOKIE)),
        second=approved_in.second,
        device=name,
        place=approved_in.place,
        signed_in_at=approved_in.signed_in_at,
        seen_at=now,
        idle_seconds=approved_in.idle_seconds,
        expires_at=now + (approved_in.expires_at - approved_in.signed_in_at),
    )
    session.add(signed_in)
    session.flush()
    return signed_in
