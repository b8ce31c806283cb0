"""An operator has a waiting case looked at again: the bodies are asked once more. Nothing of the case itself changes."""

from uuid import UUID

from chassis import audit
from chassis.authority import Principal
from chassis.database import Session
from chassis.lifecycle import MoveNotOpen
from chassis.refusals import NotFound
from residency.actions.renewal import decide
from residency.actions.visa import verify
from residency.domain.exit_reentry_visa import Status as Visa
from residency.domain.iqama_renewal import BEING_DECIDED
from residency.domain.iqama_renewal import Status as Renewal
from residency.gathering import OF_RENEWAL_HOLDER, OF_VISA_APPLICANT, OF_VISA_HOLDER, ask_for
from residency.models import ExitReentryVisa, IqamaRenewal
from residency.queries import PaidCase
from residency.wiring import Residency


async def look_again_at_visa(
    service: Residency, session: Session, principal: Principal, visa_id: UUID, *, standing: str, reason: str
) -> ExitReentryVisa:
    """Raises NotFound, or MoveNotOpen for a visa that waits for no body outside."""
    visa = await session.get(ExitReentryVisa, visa_id)
    if visa is None:
        raise NotFound
    if visa.status != Visa.VERIFYING:
        raise MoveNotOpen(details={"status": visa.status}, status=visa.status)
    await ask_for(session, service, {visa.person: OF_VISA_HOLDER, visa.applicant: OF_VISA_APPLICANT})
    await verify.wait_for_bodies(service, session, visa)
    _written(service, session, principal, visa, standing, reason)
    return visa


async def look_again_at_renewal(
    service: Residency, session: Session, principal: Principal, renewal_id: UUID, *, standing: str, reason: str
) -> IqamaRenewal:
    """Raises NotFound, or MoveNotOpen for a renewal that waits for no body outside."""
    renewal = await session.get(IqamaRenewal, renewal_id)
    if renewal is None:
        raise NotFound
    if Renewal(renewal.status) not in BEING_DECIDED:
        raise MoveNotOpen(details={"status": renewal.status}, status=renewal.status)
    await ask_for(session, service, {renewal.person: OF_RENEWAL_HOLDER})
    await decide.wait_for_bodies(service, session, renewal)
    _written(service, session, principal, renewal, standing, reason)
    return renewal


def _written(
    service: Residency, session: Session, principal: Principal, case: PaidCase, standing: str, reason: str
) -> None:
    audit.act(
        session,
        service,
        principal,
        standing=standing,
        person=case.person,
        action=f"{case.lifecycle.name}.look_again",
        object_=case.reference,
        reason=reason,
    )
