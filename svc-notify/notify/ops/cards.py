"""The first four numbers of notify: texts a minute, what arrived and how fast, what failed and why, who opted out."""

from collections.abc import Awaitable, Callable

from chassis.database import Session
from chassis.ops import Card
from notify.domain.notice import Channel
from notify.figures import ChannelFigures, channel_figures
from notify.wiring import Notify

Ask = Callable[[Session], Awaitable[Card]]


def cards(service: Notify) -> tuple[Ask, ...]:
    """The cards of the overview, each asked when the page is drawn; all of the last ten minutes."""

    async def texts(session: Session) -> ChannelFigures:
        return await channel_figures(session, service.clock.now(), Channel.SMS)

    async def sent(session: Session) -> Card:
        return Card("ops.card.sent-a-minute", str((await texts(session)).sent_per_minute))

    async def delivered(session: Session) -> Card:
        told = await texts(session)
        least = service.rules().number("notify.sms.delivered_at_least")
        return Card(
            "ops.card.delivered-share",
            _percent(told.delivered_share),
            None if told.delivered_p95_s is None else f"p95 {told.delivered_p95_s} s",
            is_bad=told.delivered_share is not None and told.delivered_share < least,
        )

    async def failed(session: Session) -> Card:
        failures = (await texts(session)).failures
        most = sorted(failures.items(), key=lambda each: -each[1])
        note = " · ".join(f"{reason} {count}" for reason, count in most) or None
        return Card("ops.card.failures", sum(failures.values()), note)

    async def muted(session: Session) -> Card:
        return Card("ops.card.muted-share", _percent((await texts(session)).muted_share))

    return sent, delivered, failed, muted


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{share} %"
