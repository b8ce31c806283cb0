"""Rows and readings turned into what goes out."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from chassis.http.problems import requirement_view
from chassis.http.views import StateView, Words, day, instant
from chassis.models import CaseMoveRow
from residency.actions.eligibility import Eligibility
from residency.actions.reading import Reading
from residency.api import schemas
from residency.domain import exit_reentry_visa, iqama_renewal
from residency.domain.states import OF_RENEWAL, OF_VISA, Shown
from residency.domain.stay import Trips
from residency.models import ExitReentryVisa, IqamaRenewal, Residence
from residency.queries import PaidCase
from residency.wiring import Residency

REFUNDABLE = "residency.exit_reentry.fee_is_refundable"
_ENDING = 4  # digits of a number by which its owner is known to somebody who knows them


def visa_line(service: Residency, visa: ExitReentryVisa) -> schemas.VisaLine:
    """A visa in a list."""
    return schemas.VisaLine(
        **_case(service, visa),
        trips=Trips(visa.trips),
        stay_days=visa.stay_days,
        return_by=day(visa.return_by),
        visa_number=visa.visa_number,
        leave_by=day(visa.leave_by),
    )


def visa_view(service: Residency, reading: Reading) -> schemas.ExitReentryVisaView:
    """A visa as its reader sees it."""
    visa: ExitReentryVisa = reading.case
    fee = _fee(service, visa, refundable=service.rules().flag(REFUNDABLE))
    assert fee is not None, "a visa is priced when it is requested"
    return schemas.ExitReentryVisaView(
        **dict(visa_line(service, visa)),
        **_opened(service, reading),
        fee=fee,
        issued_on=day(visa.issued_on),
        cancel_by=day(visa.cancel_by),
        travelled_on=day(visa.travelled_on),
        fine_minor=visa.fine_minor,
    )


def renewal_line(service: Residency, renewal: IqamaRenewal) -> schemas.RenewalLine:
    """A renewal in a list."""
    return schemas.RenewalLine(
        **_case(service, renewal), period_months=renewal.period_months, valid_until=day(renewal.valid_until)
    )


def renewal_view(service: Residency, reading: Reading) -> schemas.IqamaRenewalView:
    """A renewal as its reader sees it."""
    renewal: IqamaRenewal = reading.case
    return schemas.IqamaRenewalView(
        **dict(renewal_line(service, renewal)),
        **_opened(service, reading),
        fee=_fee(service, renewal, refundable=False),
        missing=renewal.missing,
        decided_at=instant(renewal.decided_at),
        renewed_from=day(renewal.renewed_from),
    )


def eligibility(service: Residency, asked: Eligibility) -> schemas.EligibilityView:
    """What stands in the way, and what it would cost."""
    items = [asdict(item) for item in asked.charge.items] if asked.charge else []
    return schemas.EligibilityView(
        eligible=asked.is_eligible,
        being_checked=asked.is_being_checked,
        requirements=[requirement_view(each, service.texts, asked.facts.rules) for each in asked.findings],
        fee_minor=asked.charge.amount_minor if asked.charge else None,
        fee_items=_items(service, items),
    )


def iqama(service: Residency, row: Residence) -> schemas.IqamaView:
    """A residence."""
    profession = None
    if row.profession_ar is not None and row.profession_en is not None:
        profession = {"ar": row.profession_ar, "en": row.profession_en}
    return schemas.IqamaView(
        id=row.id,
        person=row.person,
        category=row.category,
        category_texts=service.texts.both(f"category.{row.category}"),
        profession=profession,
        valid_until=day(row.valid_until),
        is_valid=row.valid_until >= service.clock.today(),
        told_at=instant(row.told_at),
    )


def _case(service: Residency, case: PaidCase) -> dict[str, Any]:
    state, turn = shown(case.lifecycle.name, case.status)
    return {
        "id": case.id,
        "reference": case.reference,
        "person": case.person,
        "status": case.status,
        "state": _word(service, "state", state),
        "turn": _word(service, "turn", turn),
        "opened_at": instant(case.opened_at),
        "moved_at": instant(case.moved_at),
    }


def _opened(service: Residency, reading: Reading) -> dict[str, Any]:
    case, rules = reading.case, reading.facts.rules
    is_stuck = any(finding.is_failed for finding in reading.findings)
    return {
        "reason": case.reason,
        "reason_texts": _reason(service, case.reason),
        "requirements": [requirement_view(each, service.texts, rules) for each in reading.findings],
        "actions": [
            schemas.ActionView(
                action=each.action,
                possible=each.is_possible,
                in_the_way=[requirement_view(finding, service.texts, rules) for finding in each.in_the_way],
            )
            for each in reading.open_actions
        ],
        "timeline": [_move(service, case, each) for each in reading.moves],
        "ticket": schemas.TicketStart(case_id=case.id) if is_stuck else None,
    }


def shown(kind: str, status: str) -> Shown:
    """The request state and the turn of a status of either kind of case."""
    if kind == exit_reentry_visa.EXIT_REENTRY_VISA.name:
        return OF_VISA[exit_reentry_visa.Status(status)]
    return OF_RENEWAL[iqama_renewal.Status(status)]


def _word(service: Residency, kind: str, word: str) -> StateView:
    return StateView(word=word, texts=service.texts.both(f"{kind}.{word}"))


def _reason(service: Residency, reason: str | None) -> Words | None:
    key = f"reason.{reason}"
    return service.texts.both(key) if reason is not None and key in service.texts else None


def _fee(service: Residency, case: PaidCase, *, refundable: bool) -> schemas.FeeView | None:
    if case.fee_minor is None or case.service_code is None:
        return None
    return schemas.FeeView(
        amount_minor=case.fee_minor,
        items=_items(service, case.fee_items),
        service_code=case.service_code,
        deposit_to=case.person,
        state=case.fee_state,
        refundable=refundable,
        reason=case.fee_reason,
        reason_texts=_reason(service, case.fee_reason),
    )


def _items(service: Residency, items: Iterable[dict[str, Any]]) -> list[schemas.FeeItemView]:
    return [schemas.FeeItemView(**item, texts=service.texts.both(f"fee.{item['what']}")) for item in items]


def _acted_for(service: Residency, row: CaseMoveRow) -> Words | None:
    if row.on_behalf_of is None:
        return None
    return service.texts.both("acted_for", acted_by=row.actor[-_ENDING:], on_behalf_of=row.on_behalf_of[-_ENDING:])


def _move(service: Residency, case: PaidCase, row: CaseMoveRow) -> schemas.MoveView:
    state, _ = shown(case.lifecycle.name, row.to_status)
    return schemas.MoveView(
        action=row.action,
        status=row.to_status,
        state=_word(service, "state", state),
        at=instant(row.moved_at),
        standing=row.standing,
        acted_for=_acted_for(service, row),
        reason=row.reason,
        reason_texts=_reason(service, row.reason),
    )
