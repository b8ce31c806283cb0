"""Hold back, for a while after the mobile has changed, what could do great harm. Which acts these are is a dated rule."""

from chassis.clock import civil_minute
from chassis.refusals import Conflict
from identity.domain.freeze import is_frozen
from identity.models import Account
from identity.wiring import Identity

ACTS = "identity.freeze.acts"


class Frozen(Conflict):
    """The account's mobile has changed lately; said until when, and what to do if that was somebody else."""

    slug = "account-frozen"


def require_open(service: Identity, account: Account, act: str) -> None:
    """Whether the account may do an act of the rule `identity.freeze.acts` now. Raises Frozen."""
    now, until = service.clock.now(), account.frozen_until
    if not service.rules().table(ACTS)[act] or not is_frozen(until, now):
        return
    assert until is not None
    wait = int((until - now).total_seconds()) + 1
    raise Frozen(retry_after=wait, details={"until": until.isoformat()}, until=civil_minute(until))
