"""Who is told what: one table, an entry for every change of record that any service announces.

Which channels a kind of notice takes is the dated rule `notify.channel.by_kind`; the words are the catalogue's under
`notice.<event>`. A critical notice cannot be muted.
"""

from dataclasses import dataclass
from enum import StrEnum

from contracts import events
from contracts.event import Event
from contracts.events_audit import AUDIT_SEALED, LOOKS_ALARMED, RECORD_SEEN


class Kind(StrEnum):
    """Kinds of notice a person can choose channels for."""

    RECORD = "record"
    DELIVERY = "delivery"
    TICKET = "ticket"
    ACCOUNT = "account"
    AUTHORISATION = "authorisation"


class Standing(StrEnum):
    """What the recipient is to the record; who is several things is told once, as the first of these."""

    HOLDER = "holder"
    APPLICANT = "applicant"
    GRANTEE = "grantee"
    HOUSEHOLD_HEAD = "household_head"
    SPONSOR = "sponsor"


BY_RELATION = frozenset({Standing.HOUSEHOLD_HEAD, Standing.SPONSOR})
"""Who is found by an open relation to the holder; the others are named by the event itself."""


@dataclass(frozen=True)
class Rule:
    """One line of the table: this event is told to these."""

    event: type[Event]
    kind: Kind
    to: tuple[Standing, ...]
    critical: bool

    @property
    def text(self) -> str:
        """The catalogue's key: the event's, without its version."""
        return "notice." + self.event.key.rpartition(".")[0]


_FAMILY = (Standing.HOLDER, Standing.HOUSEHOLD_HEAD)
_EVERYONE = (Standing.HOLDER, Standing.HOUSEHOLD_HEAD, Standing.SPONSOR)
_OWN = (Standing.HOLDER,)
_APPLICANT_TOO = (Standing.HOLDER, Standing.APPLICANT, Standing.HOUSEHOLD_HEAD, Standing.SPONSOR)
_BOTH_SIDES = (Standing.HOLDER, Standing.GRANTEE)
_CRITICAL, _MUTABLE = True, False

TABLE = (
    Rule(events.ApplicationSubmitted, Kind.RECORD, _EVERYONE, _MUTABLE),
    Rule(events.ApplicationReturned, Kind.RECORD, _EVERYONE, _CRITICAL),
    Rule(events.ApplicationApproved, Kind.RECORD, _EVERYONE, _CRITICAL),
    Rule(events.ApplicationRefused, Kind.RECORD, _EVERYONE, _CRITICAL),
    Rule(events.ApplicationCancelled, Kind.RECORD, _EVERYONE, _CRITICAL),
    Rule(events.ApplicationPrinted, Kind.RECORD, _EVERYONE, _MUTABLE),
    Rule(events.ApplicationReissued, Kind.RECORD, _EVERYONE, _CRITICAL),
    Rule(events.ApplicationCompleted, Kind.RECORD, _EVERYONE, _CRITICAL),
    Rule(events.ExitReentryVisaIssued, Kind.RECORD, _EVERYONE, _CRITICAL),
    Rule(events.ExitReentryVisaCancelled, Kind.RECORD, _EVERYONE, _CRITICAL),
    Rule(events.ExitReentryVisaLapsed, Kind.RECORD, _EVERYONE, _CRITICAL),
    Rule(events.IqamaRenewalBlocked, Kind.RECORD, _APPLICANT_TOO, _CRITICAL),
    Rule(events.IqamaRenewed, Kind.RECORD, _EVERYONE, _CRITICAL),
    Rule(events.ShipmentPacked, Kind.DELIVERY, _FAMILY, _MUTABLE),
    Rule(events.ShipmentHandedOver, Kind.DELIVERY, _FAMILY, _MUTABLE),
    Rule(events.ShipmentOutForDelivery, Kind.DELIVERY, _FAMILY, _MUTABLE),
    Rule(events.ShipmentDelivered, Kind.DELIVERY, _FAMILY, _CRITICAL),
    Rule(events.ShipmentReturned, Kind.DELIVERY, _FAMILY, _CRITICAL),
    Rule(events.ShipmentClaimed, Kind.DELIVERY, _FAMILY, _CRITICAL),
    Rule(events.ShipmentLost, Kind.DELIVERY, _FAMILY, _CRITICAL),
    Rule(events.OldDocumentArrived, Kind.DELIVERY, _FAMILY, _MUTABLE),
    Rule(events.DeviceAdded, Kind.ACCOUNT, _OWN, _CRITICAL),
    Rule(events.ProofChanged, Kind.ACCOUNT, _OWN, _CRITICAL),
    Rule(events.AuthorisationRequested, Kind.AUTHORISATION, _OWN, _MUTABLE),
    Rule(events.AuthorisationDeclined, Kind.AUTHORISATION, (Standing.GRANTEE,), _MUTABLE),
    Rule(events.AuthorisationIssued, Kind.AUTHORISATION, _BOTH_SIDES, _CRITICAL),
    Rule(events.AuthorisationAccepted, Kind.AUTHORISATION, _BOTH_SIDES, _CRITICAL),
    Rule(events.AuthorisationRejected, Kind.AUTHORISATION, _BOTH_SIDES, _CRITICAL),
    Rule(events.AuthorisationUsed, Kind.AUTHORISATION, _BOTH_SIDES, _CRITICAL),
    Rule(events.AuthorisationWithdrawn, Kind.AUTHORISATION, _BOTH_SIDES, _CRITICAL),
    Rule(events.AuthorisationExpired, Kind.AUTHORISATION, _BOTH_SIDES, _CRITICAL),
    Rule(events.AuthorisationEnded, Kind.AUTHORISATION, _BOTH_SIDES, _CRITICAL),
    Rule(events.TicketOpened, Kind.TICKET, _OWN, _MUTABLE),
    Rule(events.TicketReturned, Kind.TICKET, _OWN, _CRITICAL),
    Rule(events.TicketProcessed, Kind.TICKET, _OWN, _MUTABLE),
    Rule(events.TicketClosed, Kind.TICKET, _OWN, _MUTABLE),
)

UNTOLD = frozenset({events.ContactChanged.key, events.RelationChanged.key, events.RelationsCurrent.key})
"""What this service keeps copies of and tells nobody."""

TOLD_TO_NOBODY = {
    events.AccountFrozen.key: "identity texts the old mobile itself: by our copy it would go to the new one",
    **dict.fromkeys(
        (event.key for event in RECORD_SEEN), "read in one's account when one asks; a text for each look would be noise"
    ),
    **dict.fromkeys(
        (event.key for event in LOOKS_ALARMED),
        "identity writes to the supervisors: how staff are reached is known there alone",
    ),
    **dict.fromkeys((event.key for event in AUDIT_SEALED), "between services: it tells of nobody"),
    **dict.fromkeys(
        (event.key for event in (events.PassportAuthorisationSpent, events.ResidencyAuthorisationSpent)),
        "identity counts it and says it to both sides",
    ),
}
"""What is neither told nor kept here, each with its reason."""

RULES = {rule.event.key: rule for rule in TABLE}


def is_mutable(kind: Kind) -> bool:
    """Whether anything of this kind can be muted at all."""
    return any(not rule.critical for rule in TABLE if rule.kind is kind)
