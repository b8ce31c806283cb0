"""Keep what a service tells of who saw or acted on whose record, for that person to read."""

from chassis.database import Session
from contracts.events_audit import RecordSeen
from identity.models import RecordAccess


def keep_record_access(session: Session, told: RecordSeen) -> None:
    """One row per record that was seen or acted on."""
    session.add_all(
        RecordAccess(
            person=each.person,
            service=told.producer(),
            standing=each.standing,
            office=told.office,
            actor=told.actor,
            object=each.object,
            purpose=each.purpose,
            action=each.action,
            at=each.at,
        )
        for each in told.entries
    )
