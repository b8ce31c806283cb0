"""Identity's first process: its routes put together."""

from typing import Any

from fastapi import FastAPI

from chassis.http.app import create_app
from chassis.http.tokens import TokenVerifier
from identity.api import (
    accounts,
    activations,
    authorisations,
    authorise,
    batches,
    callbacks,
    consents,
    device,
    ends,
    enrol,
    establishments,
    me,
    mobile_changes,
    oauth,
    proofs,
    record_access,
    recover_pages,
    recoveries,
    relations,
    role_changes,
    sessions,
    sign_in,
    staff,
)
from identity.ops import create_ops
from identity.wiring import Identity


def create_api(service: Identity, verifier: TokenVerifier | None = None) -> FastAPI:
    """The API and the pages. Identity checks its own tokens with its own keys, without asking over HTTP."""
    return create_app(
        service,
        [
            *(
                r.router
                for r in (accounts, staff, activations, authorisations, batches, me, record_access, relations, oauth)
            ),
            *(r.router for r in (recoveries, recover_pages, mobile_changes, callbacks, establishments)),
            *(r.router for r in (authorise, device, ends, sign_in, enrol, proofs, sessions)),
            role_changes.router,
            consents.router,
            create_ops(service),
        ],
        title="Identity",
        summary="People, accounts, sign-in, and who may stand in for whom",
        verifier=verifier or TokenVerifier(service.settings.public_url, _own_keys(service)),
    )


def _own_keys(service: Identity) -> Any:
    async def published() -> dict[str, Any]:
        return service.keys.published()

    return published
