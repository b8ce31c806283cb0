"""Desks: the offices a clerk holds their role at, which of them they sit at now, and which channel each one is."""

from collections.abc import Collection

from chassis.refusals import Forbidden, Invalid
from identity.domain.account import Channel, Kind
from identity.wiring import Identity

AIRPORTS, KIOSKS = "identity.activation.airport_offices", "identity.activation.kiosk_offices"


def airport_offices(service: Identity) -> frozenset[str]:
    """The offices where visitors are activated."""
    return _listed(service, AIRPORTS)


def channel_at(service: Identity, office: str) -> Channel:
    """How somebody proved themselves who was activated there."""
    if office in airport_offices(service):
        return Channel.AIRPORT
    return Channel.KIOSK if office in _listed(service, KIOSKS) else Channel.OFFICE


def office_of(service: Identity, offices: Collection[str], said: str | None, kind: str) -> str:
    """The office an act is done at: what the clerk says, else the only one they have, else an airport for a visitor.

    Raises Forbidden when they say one that is not theirs, Invalid when they have several and say none.
    """
    if said is not None:
        if said not in offices:
            raise Forbidden("role-needed", details={"offices": sorted(offices)})
        return said
    fitting = set(offices) & airport_offices(service) if kind == Kind.VISITOR else set()
    among = fitting or set(offices)
    if len(among) > 1:
        raise Invalid("office-needed", details={"offices": sorted(among)})
    return min(among)


def _listed(service: Identity, rule: str) -> frozenset[str]:
    return frozenset(service.rules().table(rule)["offices"])
