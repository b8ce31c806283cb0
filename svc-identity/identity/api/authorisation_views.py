"""Authorisations as either side sees them."""

from collections.abc import Mapping

from chassis.http.problems import requirement_view
from chassis.models import CaseMoveRow
from contracts.authority import Actor, AuthorisedService
from identity.actions.authorisation.beginning import Wish
from identity.actions.authorisation.reading import Reading
from identity.api.authorisation_schemas import (
    AuthorisationLine,
    AuthorisationMoveView,
    AuthorisationView,
    NewAuthorisation,
    NewAuthorisationRequest,
    OpenActionView,
    ServiceView,
    SideView,
)
from identity.api.schemas import StateView
from identity.domain.authorisation import Status, moves_from
from identity.domain.authorisation_requirements import LONGEST
from identity.domain.authorised_services import Authorisable
from identity.models import Authorisation
from identity.queries_authorisations import Side
from identity.wiring import Identity


def wish_of(service: Identity, body: NewAuthorisation | NewAuthorisationRequest) -> Wish:
    """What was asked for; a first day left out is today in Riyadh."""
    return Wish(
        service=body.service,
        starts_on=body.starts_on or service.clock.today(),
        ends_on=body.ends_on,
        narrowed_to=body.narrowed_to,
        uses_allowed=body.uses_allowed,
    )


def service_view(service: Identity, each: Authorisable) -> ServiceView:
    longest = service.rules().table(LONGEST)["high_harm" if each.high_harm else "ordinary"]
    return ServiceView(
        code=each.code,
        texts=_service_texts(service, each.code),
        high_harm=each.high_harm,
        carried=each.carrier is not None,
        longest_days=longest,
    )


def line(
    service: Identity, row: Authorisation, reader: str, sides: Mapping[str, Side] | None = None
) -> AuthorisationLine:
    """An authorisation in a list."""
    return AuthorisationLine(
        id=row.id,
        reference=row.reference,
        service=AuthorisedService(row.service),
        service_texts=_service_texts(service, row.service),
        status=row.status,
        state=_state(service, row.status),
        given=row.person == reader,
        grantor=_side(row.person, reader, sides or {}),
        grantee=_side(row.grantee, reader, sides or {}),
        asked_by_grantee=row.asked_by == row.grantee,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        narrowed_to=row.narrowed_to,
        uses_allowed=row.uses_allowed,
        uses=row.uses,
        opened_at=row.opened_at,
        moved_at=row.moved_at,
        moves=moves_from(Status(row.status), Actor.GRANTOR if row.person == reader else Actor.GRANTEE),
    )


def view(service: Identity, reading: Reading, reader: str) -> AuthorisationView:
    """An authorisation as one side sees it."""
    rules = service.rules()
    return AuthorisationView(
        **dict(line(service, reading.authorisation, reader, reading.sides)),
        actions=[
            OpenActionView(
                action=each.action,
                possible=each.is_possible,
                in_the_way=[requirement_view(finding, service.texts, rules) for finding in each.in_the_way],
            )
            for each in reading.open_actions
        ],
        timeline=[_move(service, row) for row in reading.moves],
    )


def _service_texts(service: Identity, code: str) -> dict[str, str]:
    return service.texts.both(f"word.service.{code}")


def _state(service: Identity, status: str) -> StateView:
    return StateView(state=status, texts=service.texts.both(f"authorisation.state.{status}"))


def _side(number: str, reader: str, sides: Mapping[str, Side]) -> SideView:
    side = sides.get(number)
    names = None
    if side is not None and side.name_ar is not None and side.name_en is not None:
        names = {"ar": side.name_ar, "en": side.name_en}
    return SideView(number=number, names=names, is_me=number == reader)


def _move(service: Identity, row: CaseMoveRow) -> AuthorisationMoveView:
    return AuthorisationMoveView(
        action=row.action,
        status=row.to_status,
        state=_state(service, row.to_status),
        at=row.moved_at,
        standing=row.standing,
        reason=row.reason,
    )
