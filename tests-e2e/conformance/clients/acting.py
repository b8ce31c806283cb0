"""Two citizens and an electronic authorisation between them, made by the public API: what token exchange is for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from journeys.outside import Outside, Telephone

from conformance.ours import Ours
from conformance.pack.browser import Browser
from conformance.pack.play import metadata_of
from conformance.pack.target import Person
from conformance.pack.walk import Run
from identity.seeds import HOLDERS, PASSWORD

_GRANTOR = next(each for each in HOLDERS if each.role == "sponsor")
_GRANTEE = next(each for each in HOLDERS if each.role == "household-head")
# Texts to one mobile keep a distance; business time may be moved, so nobody waits for it.
_BETWEEN_TEXTS_S = 1_200


@dataclass(frozen=True)
class Grant:
    """The authorisation, and the one who may act by it."""

    authorisation: str
    outside: Outside

    async def grantee(self) -> Person:
        """The grantee with their telephone."""
        await self.outside.move_clock(_BETWEEN_TEXTS_S)
        return await _person(self.outside, _GRANTEE)


async def granted(target: Ours) -> Grant:
    """Make it: prepared and confirmed by the grantor, accepted by the grantee."""
    outside = Outside(target.simulators_url)
    born = (await outside.person(_GRANTEE.number))["born_on"]
    run = Run(target, await metadata_of(target))
    try:
        grantor = await _signed_in(run, await _person(outside, _GRANTOR))
        await outside.move_clock(_BETWEEN_TEXTS_S)
        phone = Telephone(outside, _GRANTOR.mobile)
        await phone.ready()
        wish = {
            "grantee": _GRANTEE.number,
            "grantee_born_on": born,
            "service": "exit_reentry",
            "ends_on": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
        }
        made = await _post(run, grantor, "/v1/authorisations", wish)
        place = f"/v1/authorisations/{made['id']}"
        await _post(run, grantor, f"{place}/confirm", {"code": await phone.code()})
        await outside.move_clock(_BETWEEN_TEXTS_S)
        grantee = await _signed_in(run, await _person(outside, _GRANTEE))
        await _post(run, grantee, f"{place}/accept")
        return Grant(str(made["id"]), outside)
    finally:
        await run.close()


async def _person(outside: Outside, holder: Any) -> Person:
    phone = Telephone(outside, holder.mobile)
    await phone.ready()
    return Person(holder.number, {"number": holder.number, "password": PASSWORD, "code": phone.code})


async def _signed_in(run: Run, person: Person) -> str:
    browser = Browser(run.target, person)
    try:
        return (await run.tokens(browser)).access
    finally:
        await browser.close()


async def _post(run: Run, token: str, path: str, body: Any = None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}
    answer: httpx2.Response = await run.web.post(f"{run.target.issuer}{path}", json=body, headers=headers)
    if answer.status_code >= 300:
        raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:500]}")
    return dict(answer.json())
