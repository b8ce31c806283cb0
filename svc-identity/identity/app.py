"""Identity's first process: its routes put together."""

from dataclasses import asdict
from typing import Any

from fastapi import FastAPI

from chassis.database import Sight
from chassis.http.app import create_app
from chassis.http.ends import Ends
from chassis.http.tokens import LONGEST_LIFE_S, SKEW_S, TokenVerifier
from identity.api import (
    accounts,
    activations,
    authorisation_checks,
    authorisations,
    authorise,
    batches,
    callbacks,
    consents,
    contact_pages,
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
    register_pages,
    relations,
    role_changes,
    sessions,
    sign_in,
    staff,
)
from identity.ops import create_ops
from identity.queries_ends import ends_since
from identity.wiring import Identity


def create_api(service: Identity, verifier: TokenVerifier | None = None) -> FastAPI:
    """The API and the pages. Identity checks its own tokens by its own keys and ends, without asking over HTTP."""
    return create_app(
        service,
        [
            *(
                r.router
                for r in (accounts, staff, activations, authorisations, batches, me, record_access, relations, oauth)
            ),
            *(r.router for r in (recoveries, recover_pages, mobile_changes, callbacks, establishments)),
            *(r.router for r in (authorise, device, ends, sign_in, enrol, proofs, sessions)),
            *(r.router for r in (role_changes, consents, register_pages, contact_pages, authorisation_checks)),
            authorisation_checks.page_router,
            create_ops(service),
        ],
        title="Identity",
        summary="People, accounts, sign-in, and who may stand in for whom",
        verifier=verifier or TokenVerifier(service.settings.public_url, _own_keys(service), _own_ends(service)),
    )


def _own_keys(service: Identity) -> Any:
    async def published() -> dict[str, Any]:
        return service.keys.published()

    return published


def _own_ends(service: Identity) -> Ends:
    async def told(after: str) -> dict[str, Any]:
        async with service.database.transaction(Sight.system("ends"), now=service.clock.now()) as session:
            return asdict(await ends_since(service, session, after))

    return Ends(told, LONGEST_LIFE_S + SKEW_S)
