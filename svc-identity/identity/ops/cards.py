"""The first numbers of identity: sign-ins, how fast codes leave, activations of the day, who is made to wait, pumping."""

from collections.abc import Awaitable, Callable

from chassis.database import Session
from chassis.ops import Card
from identity.figures import accounts_by_status, code_delivery, made_to_wait, pumped_prefixes, sign_ins, tallies
from identity.wiring import Identity

Ask = Callable[[Session], Awaitable[Card]]
ALARMS = "identity.ops.alarms"


def cards(service: Identity) -> tuple[Ask, ...]:
    """The cards of the overview, each asked when the page is drawn."""

    async def signing_in(session: Session) -> Card:
        told, alarm = await sign_ins(service, session), service.rules().table("identity.ops.success_share")
        share = None if told.success_share is None else f"{told.success_share} %"
        is_bad = told.success_share is not None and told.tries >= alarm["tries"] and told.success_share < alarm["least"]
        return Card("ops.card.sign-ins-a-minute", str(told.a_minute), share, is_bad=is_bad)

    async def delivery(session: Session) -> Card:
        seconds = await code_delivery(session, service.clock.now())
        slowest = service.rules().table(ALARMS)["code_delivery"]
        shown = None if seconds is None else f"{seconds} s"
        return Card("ops.card.code-delivery", shown, "p95", is_bad=seconds is not None and seconds > slowest)

    async def activations(session: Session) -> Card:
        done = (await tallies(session, service.clock.today())).get("activation.done", 0)
        expected = service.rules().number("identity.activation.expected_a_day")
        return Card("ops.card.activations-today", done, f"/ {expected}")

    async def waiting(session: Session) -> Card:
        passwords, codes = await made_to_wait(service, session)
        suspended = (await accounts_by_status(session)).get("suspended", 0)
        alarms = service.rules().table(ALARMS)
        is_bad = passwords >= alarms["passwords_waiting"] or codes >= alarms["codes_stopped"]
        return Card("ops.card.made-to-wait", passwords + codes, f"{passwords} + {codes} · {suspended}", is_bad=is_bad)

    async def pumping(session: Session) -> Card:
        pumped = await pumped_prefixes(service, session)
        worst = f"{pumped[0].prefix}…: {pumped[0].used} / {pumped[0].sent}" if pumped else None
        return Card("ops.card.code-pumping", len(pumped), worst, is_bad=bool(pumped))

    return signing_in, delivery, activations, waiting, pumping
