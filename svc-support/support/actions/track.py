"""Track a ticket without signing in: its number and the last digits of the mobile, limited and answered alike.

Attempts are counted before anything is compared and stay counted when the pair was wrong. The same work is done for a
number that exists and for one that does not.
"""

import hmac
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Session, Sight, see_as
from chassis.refusals import TooMany
from support.models import Ticket, TrackingAttempt
from support.wiring import Support

SIGHT = Sight.system("tracking")
AN_HOUR = timedelta(0, 3600)
FORGOTTEN_AT_ONCE = 10


class TooManyPairs(TooMany):
    """Too many wrong pairs for this number or from this address in this hour."""

    slug = "too-many-tracking-attempts"


def tracking_index(service: Support, reference: str, mobile_end: str) -> str:
    """The keyed digest of a right pair."""
    return service.cipher.index(f"track:{reference}:{mobile_end}")


async def track(
    service: Support, session: Session, reference: str, mobile_end: str, address: str
) -> Ticket | TooManyPairs | None:
    """The ticket of a right pair, None for a wrong one, or the refusal when the limit was reached.

    Nothing is raised: the count of attempts has to be committed.
    """
    now = service.clock.now()
    await see_as(session, SIGHT, now)
    limits = service.rules().table("support.tracking.wrong_pairs")
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    of_ticket, of_address = service.cipher.index(f"ticket:{reference}"), service.cipher.index(f"address:{address}")
    too_many = False
    for key, most in ((of_ticket, limits["per_ticket"]), (of_address, limits["per_address"])):
        too_many |= await _reserved(session, key, hour) > int(most)
    await _forget_before(session, hour)
    if too_many:
        return TooManyPairs(retry_after=int((hour + AN_HOUR - now).total_seconds()) + 1)
    # Only what is compared is read: decrypting a row would tell by its time that the number exists.
    columns = sa.select(Ticket.id, Ticket.tracking_index).where(Ticket.reference == reference)
    found = (await session.execute(columns)).one_or_none()
    nothing, given = tracking_index(service, "none", "none"), tracking_index(service, reference, mobile_end)
    expected = (found.tracking_index if found else None) or nothing
    if not hmac.compare_digest(expected, given) or found is None:
        return None
    await session.execute(
        sa.update(TrackingAttempt)
        .where(TrackingAttempt.key.in_([of_ticket, of_address]), TrackingAttempt.hour == hour)
        .values(attempts=TrackingAttempt.attempts - 1)
        .execution_options(synchronize_session=False)
    )
    return await session.get(Ticket, found.id)


async def _forget_before(session: Session, hour: datetime) -> None:
    """Counts of hours that are over are of no more use; a few go with every attempt."""
    keys = (TrackingAttempt.key, TrackingAttempt.hour)
    old = sa.select(*keys).where(TrackingAttempt.hour < hour).limit(FORGOTTEN_AT_ONCE).with_for_update(skip_locked=True)
    await session.execute(
        sa.delete(TrackingAttempt).where(sa.tuple_(*keys).in_(old)).execution_options(synchronize_session=False)
    )


async def _reserved(session: Session, key: str, hour: datetime) -> int:
    attempts = await session.scalar(
        insert(TrackingAttempt)
        .values(key=key, hour=hour, attempts=1)
        .on_conflict_do_update(index_elements=["key", "hour"], set_={"attempts": TrackingAttempt.attempts + 1})
        .returning(TrackingAttempt.attempts)
    )
    return int(attempts or 0)
