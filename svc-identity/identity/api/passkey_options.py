"""What the page's script asks an authenticator for, as JSON in the page: nothing has to be fetched."""

from collections.abc import Callable, Collection

from webauthn import generate_authentication_options, generate_registration_options, options_to_json
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from identity.actions.passkeys import Purpose, new_challenge, relying_party
from identity.models import Account, Passkey
from identity.wiring import Identity

Options = Callable[[str], str]
_REQUIRED = UserVerificationRequirement.REQUIRED
_TO_MS = 1000


def to_add(service: Identity, account: Account, known: Collection[Passkey], name: str) -> Options:
    """Options for a new passkey, on any authenticator that has none of this account's yet; by browser."""

    def made(browser: str) -> str:
        return options_to_json(
            generate_registration_options(
                rp_id=relying_party(service.settings),
                rp_name=name,
                user_id=account.id.bytes,
                user_name=account.reference,
                user_display_name=account.reference,
                challenge=new_challenge(service, Purpose.ADD, browser),
                timeout=_timeout(service),
                exclude_credentials=_named(known),
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED
                ),
            )
        )

    return made


def to_sign_in(service: Identity, known: Collection[Passkey] = ()) -> Options:
    """Options for proving one of the known passkeys; with none, of any that the authenticator has for us; by browser."""

    def made(browser: str) -> str:
        return options_to_json(
            generate_authentication_options(
                rp_id=relying_party(service.settings),
                challenge=new_challenge(service, Purpose.SIGN_IN, browser),
                timeout=_timeout(service),
                allow_credentials=_named(known),
                user_verification=_REQUIRED,
            )
        )

    return made


def _timeout(service: Identity) -> int:
    """Milliseconds the browser waits for the person; the challenge itself lives as long."""
    return service.rules().table("identity.passkey.limits")["answer_within"] * _TO_MS  # type: ignore[no-any-return]


def _named(passkeys: Collection[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential_id)) for each in passkeys]
