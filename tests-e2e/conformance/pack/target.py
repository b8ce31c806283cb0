"""A provider to be tested: where it is, which clients it knows, who can sign in to it, and what may be done to it."""

from __future__ import annotations

import abc
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from joserfc.jwk import ECKey

from conformance.pack.receiver import Receiver

LOOPBACK = "http://127.0.0.1:9"  # nobody listens there: the browser of the pack stops before it goes
ALGORITHM = "ES256"


@dataclass(frozen=True)
class Client:
    """A program registered at the target. `auth` is its method at the token endpoint."""

    id: str
    auth: str
    secret: str = ""
    key: ECKey | None = None

    @property
    def redirect_uri(self) -> str:
        """Where codes go."""
        return f"{LOOPBACK}/{self.id}/callback"

    @property
    def after_sign_out(self) -> str:
        """Where a person goes after signing out."""
        return f"{LOOPBACK}/{self.id}/signed-out"


@dataclass(frozen=True)
class Clients:
    """The registered ones: two confidential ones with a secret, a public one, and one that signs with its key."""

    first: Client
    second: Client
    public: Client
    signer: Client

    @property
    def all(self) -> tuple[Client, ...]:
        """All four."""
        return (self.first, self.second, self.public, self.signer)


def make_clients() -> Clients:
    """Four new clients with new secrets."""
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, private=True)
    key.ensure_kid()
    return Clients(
        first=Client("first", "client_secret_basic", secrets.token_urlsafe(32)),
        second=Client("second", "client_secret_post", secrets.token_urlsafe(32)),
        public=Client("public", "none"),
        signer=Client("signer", "private_key_jwt", key=key),
    )


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in: what they would type into which field, and what the target calls their account."""

    account: str
    fields: Mapping[str, str | Callable[[], Awaitable[str]]] = field(repr=False)


class Target(abc.ABC):
    """What a module may know of the provider beside its protocol."""

    name: str
    issuer: str
    clients: Clients
    receiver: Receiver
    # Seconds within which a refresh token may be presented again, for an answer that was lost on its way.
    refresh_grace_s: float = 0.0
    # Claims that the target has about the people it lends, by scope.
    claims: Mapping[str, tuple[str, ...]]
    # Every state of an account in which nothing may be issued.
    stopped_states: tuple[str, ...]
    # Words that the buttons of its pages carry.
    accept: tuple[tuple[str, str], ...] = (("decision", "accept"),)
    refuse: tuple[tuple[str, str], ...] = (("decision", "refuse"),)

    @abc.abstractmethod
    async def person(self) -> Person:
        """Somebody nobody else is using."""

    @abc.abstractmethod
    async def rotate_keys(self) -> None:
        """Sign with another key from now on."""

    @abc.abstractmethod
    async def stop(self, person: Person, state: str) -> None:
        """Put an account into one of the stopped states."""

    def headers(self) -> dict[str, str]:
        """What each new browser sends with every request."""
        return {}

    async def foreign_token(self, ask: Callable[..., Awaitable[str]]) -> str:
        """An access token made by the target for another service than itself; `ask(**wishes)` gets one by the code flow."""
        return await ask(resource="https://other.example/api")
