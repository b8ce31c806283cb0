"""The rows identity owns: accounts and what proves them, codes, sessions, tokens, clients, and the limits on all of it.

Mobiles, e-mail addresses and TOTP seeds are encrypted; a keyed index finds a mobile without reading it. Tokens, codes
and links are kept as digests only.
"""

from identity.models.accounts import Account, Binding, Registration
from identity.models.columns import Base
from identity.models.limits import Allowance, Tally
from identity.models.oauth import AuthorisationCode, Client, RefreshToken
from identity.models.proofs import Device, Passkey, RecoveryCode, SpentChallenge
from identity.models.sign_in import Challenge, Link, SignedIn, SignIn

__all__ = [
    "Account",
    "Allowance",
    "AuthorisationCode",
    "Base",
    "Binding",
    "Challenge",
    "Client",
    "Device",
    "Link",
    "Passkey",
    "RecoveryCode",
    "RefreshToken",
    "Registration",
    "SignIn",
    "SignedIn",
    "SpentChallenge",
    "Tally",
]
