"""A body has answered about somebody: whatever waited for that goes on by itself."""

from chassis.database import Session
from chassis.models import FactRow
from residency.actions.keep_residence import keep_residence
from residency.actions.renewal import decide
from residency.actions.visa import lapse, verify
from residency.domain.exit_reentry_visa import Status as VisaStatus
from residency.domain.iqama_renewal import BEING_DECIDED
from residency.domain.iqama_renewal import Status as RenewalStatus
from residency.gathering import REGISTRY
from residency.queries import renewals_waiting_for, visas_waiting_for
from residency.wiring import Residency

_DECIDABLE = BEING_DECIDED | {RenewalStatus.READY}


async def resume(service: Residency, session: Session, subject: str, kind: str) -> None:
    """Keep a residence that became known, and look at every case of or asked for by this person that waits."""
    if kind == REGISTRY:
        row = await session.get(FactRow, (subject, kind))
        if row is not None and row.value is not None:
            await keep_residence(service, session, subject, row.value)
    for visa in await visas_waiting_for(session, subject, service.clock.now()):
        if visa.status == VisaStatus.VERIFYING:
            await verify.go_on(service, session, visa)
        else:
            await lapse.close_when_over(service, session, visa)
    for renewal in await renewals_waiting_for(session, subject, _DECIDABLE):
        await decide.go_on(service, session, renewal)
