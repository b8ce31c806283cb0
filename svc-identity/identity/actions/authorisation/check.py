"""Check: anybody who holds an authorisation's paper asks by its number whether it is in force. Limited, answered alike.

A try is counted before anything is compared, and stays counted when the pair was wrong. The same is read for a number that
exists and for one that does not.
"""

import hmac
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from chassis.database import Session, Sight, see_as
from chassis.refusals import TooMany
from identity.actions.limit import Limit, give_back, take
from identity.domain.authorisation import Status
from identity.models import Authorisation
from identity.queries_authorisations import live_authorisation
from identity.wiring import Identity

SIGHT = Sight.system("authorisation_check")
SHOWN_DIGITS = 4
_HOUR = 3_600
_OF_NUMBER, _OF_SOURCE = "authorisation-check", "authorisation-check-source"
_NOBODY = "-" * SHOWN_DIGITS


class TooManyChecks(TooMany):
    """Too many wrong pairs for this number, or from this address, in an hour."""

    slug = "too-many-authorisation-checks"


@dataclass(frozen=True)
class Checked:
    """All that is told: not who, only whether, for what and until when."""

    reference: str
    service: str
    ends_on: date
    is_in_force: bool


async def check(
    service: Identity, session: Session, reference: str, grantee_end: str, source: str
) -> Checked | TooManyChecks | None:
    """What a right pair tells, None for a wrong one, or the refusal when the limit was reached.

    Nothing is raised: the count of tries has to be committed.
    """
    now = service.clock.now()
    await see_as(session, SIGHT, now)
    most = service.rules().table("identity.authorisation.most_wrong_checks")
    keys = ((_OF_NUMBER, reference, most["per_number"]), (_OF_SOURCE, source, most["per_address"]))
    limits = [Limit(scope, key, [(_HOUR, allowed)]) for scope, key, allowed in keys]
    if wait := await take(service, session, limits, now):
        return TooManyChecks(retry_after=wait)
    columns = sa.select(Authorisation.id, Authorisation.grantee, Authorisation.confirmed_at)
    found = (await session.execute(columns.where(Authorisation.reference == reference))).one_or_none()
    # Before the grantor has confirmed there is nothing to hold a paper of.
    expected = found.grantee[-SHOWN_DIGITS:] if found and found.confirmed_at else _NOBODY
    if not hmac.compare_digest(expected.encode(), grantee_end.encode()) or found is None:
        return None
    for scope, key, _ in keys:
        await give_back(service, session, scope, key)
    row = await session.get_one(Authorisation, found.id)
    # Where every use is spent nothing new may be begun by it, though its relation is open still.
    live = await live_authorisation(session, row.id, row.grantee, now)
    return Checked(row.reference, row.service, row.ends_on, live is not None and live.status == Status.ACCEPTED)
