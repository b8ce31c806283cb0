"""An ended relation acts no more: identity and passport as processes over RabbitMQ, with the broker and then identity away.

A head of household reads a dependant's application and gives its pledge, every 50 ms, while the relation ends. Believed
is only what identity itself says or a copy that is at most five seconds old; one's own record never waits. A session that
ends, the broker away, opens one's own record no more either.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass, field

from household import EVERY_S, House
from servers import Servers

READS_S, WATCHED_S = 5.0, 8.0


@dataclass
class Found:
    """What came out of it. Seconds are after the end of a relation was committed."""

    acts_after_end: int = 0
    last_read_s: float = 0.0
    last_read_without_broker_s: float = 0.0
    last_own_read_s: float = 0.0
    acts_tried: int = 0
    reads_tried: int = 0
    problems: list[str] = field(default_factory=list)


async def ended_relations(servers: Servers) -> Found:
    """Play it once."""
    house, found = House(servers), Found()
    await house.start()
    try:
        relation = await house.relate()
        await house.until(house.reads_child, "the relation never arrived")
        _expect(found, await house.acts(), "the head of household could not act")
        found.last_read_s = await _watch_the_end(house, found, relation)
        relation = await house.relate()
        await house.until(house.reads_child, "the second relation never arrived")
        servers.rabbit.kill()
        await asyncio.sleep(READS_S + 1)
        _expect(found, await house.reads_child(), "with the broker away identity was not asked for a read")
        _expect(found, await house.acts(), "with the broker away identity was not asked for an act")
        found.last_read_without_broker_s = await _watch_the_end(house, found, relation)
        found.last_own_read_s = await _watch_a_session_end(house, found)
        await house.relate()
        house.stop("identity-api")
        await _alone(house, found)
        house.spawn("identity-api")
        servers.rabbit.start()
        await house.until(house.reads_child, "it did not come back")
        await house.until(house.acts, "acts did not come back")
    finally:
        await house.close()
    return found


async def _watch_the_end(house: House, found: Found, relation: uuid.UUID) -> float:
    """End the relation and go on reading and acting; the last read that still showed something, in seconds after."""
    await house.end(relation)
    ended, last = time.monotonic(), 0.0
    while (passed := time.monotonic() - ended) < WATCHED_S:
        acted, read = await asyncio.gather(house.acts(), house.reads_child())
        found.acts_tried, found.reads_tried = found.acts_tried + 1, found.reads_tried + 1
        found.acts_after_end += acted
        last = passed if read else last
        await asyncio.sleep(EVERY_S)
    if last > READS_S:
        found.problems.append(f"read {last:.1f} s after the relation had ended")
    return last


async def _watch_a_session_end(house: House, found: Found) -> float:
    """End a session and go on reading one's own record with its token; the last read that was let in, in seconds after."""
    session_id, bearer = await house.sign_in_again()
    _expect(found, await house.is_let_in(bearer), "a token of a second session was refused")
    await house.sign_out(session_id)
    ended, last = time.monotonic(), 0.0
    while (passed := time.monotonic() - ended) < WATCHED_S:
        last = passed if await house.is_let_in(bearer) else last
        await asyncio.sleep(EVERY_S)
    if last > READS_S:
        found.problems.append(f"one's own record was read {last:.1f} s after the session had ended")
    return last


async def _alone(house: House, found: Found) -> None:
    """Neither events nor identity: through a relation nothing is done, and one's own record works."""
    refused = await house.pledge(house.childs)
    listed = await house.get("/v1/passport-applications")
    mine = [each["id"] for each in listed.json()["items"]]
    through = await house.get(f"/v1/passport-applications/{house.childs}")
    _expect(found, refused.status_code == 503 and "retry-after" in refused.headers, "an act through it was not put off")
    _expect(found, through.status_code == 503 and "retry-after" in through.headers, "a read through it was not put off")
    _expect(found, mine == [str(house.own)], f"one's own list was {listed.status_code} with {len(mine)} rows")
    _expect(found, listed.headers.get("incomplete") == "relations", "the list does not say that it is incomplete")
    _expect(found, (await house.pledge(house.own)).status_code == 200, "one's own record did not work")


def _expect(found: Found, held: bool, otherwise: str) -> None:
    if not held:
        found.problems.append(otherwise)
