"""The rows identity owns: accounts and what proves them, codes, sessions, tokens, clients, and the limits on all of it.

Mobiles, e-mail addresses and TOTP seeds are encrypted; a keyed index finds a mobile without reading it. Tokens, codes
and links are kept as digests only.
"""

from identity.models.accounts import Account, Binding, Registration
from identity.models.authorisations import Authorisation
from identity.models.batches import ActivationBatch, ActivationRow
from identity.models.columns import Base
from identity.models.emails import EmailChange
from identity.models.establishments import Establishment, Membership
from identity.models.grants import Consent, DeviceRequest, SpentAssertion
from identity.models.limits import Allowance, Tally
from identity.models.oauth import AuthorisationCode, Client, RefreshToken, TokenFamily
from identity.models.password_waits import PasswordWait
from identity.models.proofs import Device, Passkey, RecoveryCode, SpentChallenge
from identity.models.record_access import RecordAccess, StaffLook
from identity.models.recovery import MobileChange, Recovery, RegistryNotice
from identity.models.roles import RoleChange
from identity.models.sign_in import Challenge, Link, SignedIn, SignIn

__all__ = [
    "Account",
    "ActivationBatch",
    "ActivationRow",
    "Allowance",
    "Authorisation",
    "AuthorisationCode",
    "Base",
    "Binding",
    "Challenge",
    "Client",
    "Consent",
    "Device",
    "DeviceRequest",
    "EmailChange",
    "Establishment",
    "Link",
    "Membership",
    "MobileChange",
    "Passkey",
    "PasswordWait",
    "RecordAccess",
    "Recovery",
    "RecoveryCode",
    "RefreshToken",
    "Registration",
    "RegistryNotice",
    "RoleChange",
    "SignIn",
    "SignedIn",
    "SpentAssertion",
    "SpentChallenge",
    "StaffLook",
    "Tally",
    "TokenFamily",
]
