"""Where the passport is brought: one of the holder's registered national addresses."""

import uuid

from chassis.authority import Principal
from chassis.database import Session
from chassis.freezes import frozen_until
from chassis.lifecycle import RequirementsMissing
from chassis.requirements import examine, waits_while_frozen
from passport.actions.prepare import amendable, write_down
from passport.domain.facts import RenewalFacts
from passport.domain.requirements import FREEZE
from passport.models import AccountFreeze, Application
from passport.queries import ADDRESSES, ask_what_is_missing, facts_about_holder, kept_facts
from passport.refusals import AddressNotRegistered, StillBeingChecked
from passport.wiring import Passport

ASK_AGAIN_S = 1
CHANGING_IS_OPEN = waits_while_frozen("change_address", FREEZE)


async def choose_address(
    service: Passport, session: Session, principal: Principal, application_id: uuid.UUID, short_address: str
) -> Application:
    """Take a registered address. Rule passport.freeze.acts for another one than was chosen.

    Raises NotFound, NotAmendable, AddressNotRegistered, StillBeingChecked or RequirementsMissing.
    """
    application = await amendable(service, session, principal, application_id)
    kept = await kept_facts(session, service, application.person)
    registered = facts_about_holder(service, kept).addresses
    if registered is None:
        await ask_apart(service, principal, application.person)
        raise StillBeingChecked(retry_after=ASK_AGAIN_S, details={"waiting_for": ADDRESSES})
    if short_address not in registered:
        raise AddressNotRegistered
    if application.short_address not in (None, short_address):
        await _require_free(service, session, principal)
    application.short_address = short_address
    await write_down(service, session, principal, application, "choose_address")
    return application


async def _require_free(service: Passport, session: Session, principal: Principal) -> None:
    """A chosen address is not replaced by whoever has just taken over a mobile. Raises RequirementsMissing."""
    frozen = await frozen_until(session, AccountFreeze, principal, service.clock.now())
    findings = examine([CHANGING_IS_OPEN], RenewalFacts(rules=service.rules(), frozen_until=frozen))
    if failing := [finding for finding in findings if finding.is_failed]:
        raise RequirementsMissing(failing)


async def ask_apart(service: Passport, principal: Principal, person: str) -> None:
    """Ask for what is missing in a transaction of its own: the refusal that follows takes this one back."""
    async with service.database.transaction(principal.sight, now=service.clock.now()) as apart:
        await ask_what_is_missing(apart, service, person, await kept_facts(apart, service, person))
