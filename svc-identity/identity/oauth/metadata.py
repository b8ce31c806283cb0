"""Discovery: what this provider can do, where (OpenID Connect Discovery 1.0, RFC 8414)."""

from typing import Any

from identity.domain.clients import ANY_METHOD, ASSERTION_ALGORITHMS, CONFIDENTIAL, SIGN_IN_SCOPES, GrantType
from identity.domain.proofs import ACR_VALUES
from identity.keys import ALGORITHM
from identity.oauth.claims import CLAIMS


def metadata(issuer: str) -> dict[str, Any]:
    """The discovery document of an issuer."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "jwks_uri": f"{issuer}/oauth/jwks",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "device_authorization_endpoint": f"{issuer}/oauth/device-authorization",
        "end_session_endpoint": f"{issuer}/oauth/end-session",
        "scopes_supported": list(SIGN_IN_SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GrantType),
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "acr_values_supported": list(ACR_VALUES),
        "claims_supported": list(CLAIMS),
        "claim_types_supported": ["normal"],
        "display_values_supported": ["page"],
        "ui_locales_supported": ["ar", "en"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "code_challenge_methods_supported": ["S256"],
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    } | _proofs()


def _proofs() -> dict[str, Any]:
    """How clients prove themselves, door by door."""
    doors = {"token": ANY_METHOD, "revocation": ANY_METHOD, "introspection": CONFIDENTIAL}
    methods = {f"{door}_endpoint_auth_methods_supported": list(ways) for door, ways in doors.items()}
    algorithms = {f"{door}_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS for door in doors}
    return methods | algorithms
