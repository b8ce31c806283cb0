"""What identity takes in from others: who saw whose record, for its owner to read, alarms about it, the heads of their audits."""

from chassis.database import Session
from chassis.events.reactions import Reactions
from chassis.sealing.witness import witness
from contracts.events_audit import (
    AUDIT_SEALED,
    LOOKS_ALARMED,
    RECORD_SEEN,
    IdentityAuditSealed,
    LooksAlarmed,
    RecordSeen,
)
from contracts.events_authorisation import PassportAuthorisationSpent, ResidencyAuthorisationSpent
from identity.actions.authorisation.use import use
from identity.actions.count_looks import count_looks
from identity.actions.keep_record_access import keep_record_access
from identity.actions.tell_staff import tell_of_alarm
from identity.wiring import Identity

reactions = Reactions()
# Its own head is kept by support: nobody is their own witness.
witness(reactions, *(event for event in AUDIT_SEALED if event is not IdentityAuditSealed))

for event_of_service in RECORD_SEEN:

    @reactions.act(event_of_service)
    async def on_record_seen(service: Identity, session: Session, event: RecordSeen) -> None:
        keep_record_access(session, event)
        await count_looks(service, session, event)


for alarm_of_service in LOOKS_ALARMED:

    @reactions.act(alarm_of_service)
    async def on_looks_alarmed(service: Identity, session: Session, event: LooksAlarmed) -> None:
        await tell_of_alarm(service, session, event)


@reactions.act(PassportAuthorisationSpent)
async def on_spent_on_a_passport(service: Identity, session: Session, event: PassportAuthorisationSpent) -> None:
    await use(service, session, event.authorisation_id, case_reference=event.case_reference, used_at=event.used_at)


@reactions.act(ResidencyAuthorisationSpent)
async def on_spent_on_a_residence(service: Identity, session: Session, event: ResidencyAuthorisationSpent) -> None:
    await use(service, session, event.authorisation_id, case_reference=event.case_reference, used_at=event.used_at)
