"""What operators look at first: how much is sent, how much arrives and how fast, what fails, who opted out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chassis.database import Session
from notify.domain.notice import Channel, NoticeStatus
from notify.models import Notice

WINDOW_S = 600
_TAKEN = (NoticeStatus.SENT, NoticeStatus.DELIVERED)


@dataclass(frozen=True)
class ChannelFigures:
    """One channel over the last ten minutes of business time. Shares are percent, None where nothing was sent."""

    channel: Channel
    sent_per_minute: float
    delivered_share: float | None
    delivered_p95_s: float | None
    failures: dict[str, int]
    muted_share: float | None
    waiting: int
    oldest_waiting_s: float | None


async def figures(session: Session, now: datetime) -> list[ChannelFigures]:
    """The first figures of SMS and e-mail."""
    return [await channel_figures(session, now, channel) for channel in (Channel.SMS, Channel.EMAIL)]


async def channel_figures(session: Session, now: datetime, channel: Channel) -> ChannelFigures:
    """One channel's figures."""
    since = now - timedelta(seconds=WINDOW_S)
    lately = sa.and_(Notice.channel == channel, Notice.moved_at >= since)
    waits = Notice.status.in_((NoticeStatus.QUEUED, NoticeStatus.FAILED))
    taken = Notice.status.in_(_TAKEN)
    seconds = sa.extract("epoch", Notice.delivered_at - Notice.queued_at)
    row = (
        await session.execute(
            sa.select(
                sa.func.count().filter(taken).label("sent"),
                sa.func.count().filter(Notice.status == NoticeStatus.DELIVERED).label("delivered"),
                sa.func.count().filter(Notice.status == NoticeStatus.MUTED).label("muted"),
                sa.func.count().label("moved"),
                sa.func.percentile_cont(0.95).within_group(seconds).label("p95"),
            ).where(lately)
        )
    ).one()
    failing = await session.execute(
        sa.select(Notice.error, sa.func.count()).where(lately, Notice.error.is_not(None)).group_by(Notice.error)
    )
    waiting, oldest = (
        await session.execute(
            sa.select(sa.func.count(), sa.func.min(Notice.queued_at)).where(Notice.channel == channel, waits)
        )
    ).one()
    return ChannelFigures(
        channel=channel,
        sent_per_minute=round(row.sent / (WINDOW_S / 60), 2),
        delivered_share=_share(row.delivered, row.sent),
        delivered_p95_s=None if row.p95 is None else round(float(row.p95), 2),
        failures={str(reason): int(count) for reason, count in failing},
        muted_share=_share(row.muted, row.moved),
        waiting=waiting,
        oldest_waiting_s=None if oldest is None else round((now - oldest).total_seconds(), 1),
    )


def _share(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def dead_notices() -> sa.Select[Any]:
    """What could not be told and waits for an operator's decision."""
    return sa.select(Notice).where(Notice.status == NoticeStatus.DEAD)
