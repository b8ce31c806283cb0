"""J6: what must be refused is refused, clearly and in two languages, and nothing is done twice."""

from __future__ import annotations

import asyncio

from journeys.renewal import APPLICATIONS
from journeys.world import World


async def play(world: World) -> None:
    tell = world.teller
    tell.journey("J6", "ما يُرفض يُرفض بوضوح", "What must be refused is refused")
    person, other = await world.person("household-head"), await world.person("sponsor")
    body = {"kind": "renewal", "validity_years": 5, "language": "ar"}
    twins = await asyncio.gather(*(person.call("POST", APPLICATIONS, body, key="twin-key") for _ in range(4)))
    made = {answer.json()["id"] for answer in twins if answer.status_code == 201}
    tell.equal(len(made), 1, "the same key at the same time opens one application")
    mine = made.pop()
    changed = await person.call("POST", APPLICATIONS, {**body, "validity_years": 10}, key="twin-key")
    tell.equal(
        (changed.status_code, changed.json()["slug"]), (422, "idempotency-key-reused"), "another body is refused"
    )
    theirs = await other.call("GET", f"{APPLICATIONS}/{mine}")
    absent = await other.call("GET", f"{APPLICATIONS}/01900000-0000-7000-8000-00000000dead")
    told = [{k: v for k, v in answer.json().items() if k != "request_id"} for answer in (theirs, absent)]
    tell.check(theirs.status_code == 404 and told[0] == told[1], "somebody else's case looks like one that never was")
    key = await person._http.post(APPLICATIONS, json=body, headers={"Authorization": f"Bearer {_token(person)}"})
    tell.equal((key.status_code, key.json()["slug"]), (400, "idempotency-key-missing"), "a creating call needs a key")
    forged = await person._http.get(APPLICATIONS, headers={"Authorization": f"Bearer {_token(person)[:-6]}AAAAAA"})
    tell.equal(forged.status_code, 401, "a forged token is refused")
    spoofed = await person._http.get(APPLICATIONS, headers={"X-Person": "1000290005", "X-User-Id": "1000290005"})
    tell.equal(spoofed.status_code, 401, "identity headers from outside are worth nothing")
    broken = await person.call("POST", APPLICATIONS, content=b"{", headers={"Content-Type": "application/json"})
    tell.equal((broken.status_code, broken.json()["slug"]), (400, "malformed-json"), "malformed JSON is named as such")
    for answer in (theirs, changed, key, broken):
        tell.equal(set(answer.json()["texts"]), {"ar", "en"}, f"{answer.json()['slug']}: told in both languages")
    await person.post(f"{APPLICATIONS}/{mine}/cancel")


def _token(caller: object) -> str:
    return str(caller.tokens["access_token"])  # type: ignore[attr-defined]
