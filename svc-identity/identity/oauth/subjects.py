"""What a client calls a person and a session: ours by their ids, another's by names nobody else can connect."""

from uuid import UUID

from identity.models import Account, Client
from identity.wiring import Identity


def subject_of(service: Identity, client: Client, account_id: UUID) -> str:
    """`sub` of an account for a client (OpenID Connect Core, section 8.1)."""
    if client.sector is None:
        return str(account_id)
    return service.cipher.index(f"pairwise:{client.sector}:{account_id}")


def sid_of(service: Identity, client: Client, session_id: UUID) -> str:
    """`sid` of a session for a client. It would connect people across clients as well as a name does."""
    if client.sector is None:
        return str(session_id)
    return service.cipher.index(f"sid:{client.id}:{session_id}")


def is_called(service: Identity, client: Client, account: Account, subject: str) -> bool:
    """Whether this is the client's name for the account."""
    return subject_of(service, client, account.id) == subject
