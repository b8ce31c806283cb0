"""The code that opens the door: random digits, kept only as a keyed digest that is bound to its envelope and round."""

import hmac
import secrets
from collections.abc import Callable
from uuid import UUID

from contracts.values import fold_digits


def new_code(digits: int) -> str:
    """So many random digits; leading zeros count."""
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def digest_of(index: Callable[[str], str], shipment_id: UUID, code: str) -> str:
    """The keyed digest of a code for one envelope; `index` is the keyed function that makes it."""
    return index(f"door-code:{shipment_id}:{fold_digits(code).strip()}")


def agrees(known: str, given: str) -> bool:
    """Whether two digests are equal, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(known.encode(), given.encode())
