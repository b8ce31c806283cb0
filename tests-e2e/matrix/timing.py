"""Another's and nobody's take the same time: medians of both, taken in turn, over a few routes of every kind."""

from __future__ import annotations

import statistics
import time

from matrix.cast import BY_NAME
from matrix.checks import Multiplier
from matrix.judging import Tally
from matrix.pivot import Pivot
from matrix.stage import Stage

SAMPLES = 60
WITHIN_S = 0.003
WITHIN_SHARE = 0.10
_ROUTES = {
    "passport": "GET /v1/passport-applications/{application_id}",
    "residency": "GET /v1/exit-reentry-visas/{visa_id}",
    "delivery": "GET /v1/shipments/{shipment_id}",
    "notify": "GET /v1/notices/{notice_id}",
    "support": "GET /v1/tickets/{ticket_id}/attachments/{attachment_id}",
    "identity": "POST /v1/me/sessions/{session_id}/end",
}
_TRIES = 3


async def try_timing(pivot: Pivot, stage: Stage) -> Tally:
    """One route of this stage; a machine that hiccups is asked again, a difference that is there stays."""
    tally = Tally()
    for _ in range(_TRIES):
        foreign, absent = await _medians(pivot, stage)
        tally.checks += 2 * SAMPLES
        tally.denied += 2 * SAMPLES
        apart = abs(foreign - absent)
        if apart <= max(WITHIN_S, WITHIN_SHARE * absent):
            return tally
    words = f"{foreign * 1000:.1f} ms for another's, {absent * 1000:.1f} ms for nobody's"
    tally.wrong.append(f"{stage.name}: {_ROUTES[stage.name]} tells by its time: {words}")
    return tally


async def _medians(pivot: Pivot, stage: Stage) -> tuple[float, float]:
    route = next(each for each in pivot.of(stage.name) if each.name == _ROUTES[stage.name])
    stranger, make = BY_NAME["stranger.none"], Multiplier(pivot, stage)
    thing = stage.thing(route.object)
    taken: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(2 * SAMPLES):
        absent = bool(turn % 2)
        asked = make.request(route, stranger, thing, absent=absent)
        began = time.perf_counter()
        await stage.ask(asked)
        taken[absent].append(time.perf_counter() - began)
    return statistics.median(taken[False]), statistics.median(taken[True])
