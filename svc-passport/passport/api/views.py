"""Rows and readings turned into what goes out."""

from datetime import date, datetime

from chassis.http.problems import requirement_view
from chassis.http.views import StateView, Words, day, instant
from chassis.models import CaseMoveRow
from passport.actions.check_eligibility import Eligibility
from passport.actions.read_application import Reading
from passport.api import schemas
from passport.domain.ages import validities_open_to
from passport.domain.facts import Holder, RenewalFacts
from passport.domain.fees import FEE, renewal_fee
from passport.domain.pledges import pledges_in_force
from passport.domain.renewal import Status
from passport.domain.states import state_of, turn_of
from passport.models import Application, Booklet, PledgeAcceptance
from passport.wiring import Passport

_ENDING = 4  # digits of a number by which its owner is known to somebody who knows them


def _state(service: Passport, status: str) -> StateView:
    word = state_of(Status(status))
    return StateView(word=word, texts=service.texts.both(f"state.{word}"))


def _turn(service: Passport, status: str) -> StateView:
    word = turn_of(Status(status))
    return StateView(word=word, texts=service.texts.both(f"turn.{word}"))


def _reason(service: Passport, reason: str | None) -> Words | None:
    key = f"reason.{reason}"
    return service.texts.both(key) if reason is not None and key in service.texts else None


def line(service: Passport, application: Application) -> schemas.ApplicationLine:
    """An application in a list."""
    return schemas.ApplicationLine(
        id=application.id,
        reference=application.reference,
        kind=application.kind,
        person=application.person,
        status=application.status,
        state=_state(service, application.status),
        turn=_turn(service, application.status),
        opened_at=instant(application.opened_at),
        moved_at=instant(application.moved_at),
        promised_on=day(application.promised_on),
    )


def view(service: Passport, reading: Reading) -> schemas.ApplicationView:
    """An application as its reader sees it."""
    application, facts = reading.application, reading.facts
    actions = [
        schemas.ActionView(
            action=each.action,
            possible=each.is_possible,
            in_the_way=[requirement_view(finding, service.texts, facts.rules) for finding in each.in_the_way],
        )
        for each in reading.open_actions
    ]
    return schemas.ApplicationView(
        **dict(line(service, application)),
        validity_years=application.validity_years,
        language=application.language,
        english_name=_accepted_name(application) or _suggested_name(facts.holder),
        has_photo=application.photo_digest is not None,
        short_address=application.short_address,
        addresses=None if facts.addresses is None else list(facts.addresses),
        record=_record(application, facts.holder),
        reviewed_at=instant(application.reviewed_at),
        pledges=pledges(service, facts, reading.pledges),
        fee=_fee(service, application, facts),
        submitted_at=instant(application.submitted_at),
        reason=application.reason,
        reason_texts=_reason(service, application.reason),
        note=application.note,
        passport_number=application.booklet_number,
        old_number=application.old_number,
        old_office=application.old_office,
        actions=actions,
        timeline=[_move(service, each) for each in reading.moves],
    )


def pledges(service: Passport, facts: RenewalFacts, accepted: list[PledgeAcceptance]) -> list[schemas.PledgeView]:
    """The pledges in force, each with when it was accepted."""
    when = {each.identity: each.accepted_at for each in accepted}
    return [
        schemas.PledgeView(
            pledge=each.name,
            version=each.version,
            texts=service.texts.both(each.text_key),
            accepted_at=when.get(each.identity),
        )
        for each in pledges_in_force(facts.rules)
    ]


def eligibility(service: Passport, asked: Eligibility) -> schemas.EligibilityView:
    """What stands in the way of a renewal."""
    rules, holder = asked.facts.rules, asked.holder
    return schemas.EligibilityView(
        eligible=asked.is_eligible,
        being_checked=asked.is_being_checked,
        requirements=[requirement_view(finding, service.texts, rules) for finding in asked.findings],
        validities=[] if holder is None else list(validities_open_to(holder.born_on, rules)),
        fees_minor=dict(rules.table(FEE)),
        english_name=_suggested_name(holder),
    )


def work_item(application: Application, holder: str | None, reader: str, now: datetime) -> schemas.WorkItemView:
    """A case on the officers' list."""
    taken = "free" if holder is None else "yours" if holder == reader else "another"
    return schemas.WorkItemView.model_validate(
        {
            "id": application.id,
            "reference": application.reference,
            "status": application.status,
            "submitted_at": application.submitted_at,
            "age_s": int((now - application.moved_at).total_seconds()),
            "taken": taken,
        }
    )


def booklet(service: Passport, row: Booklet) -> schemas.BookletView:
    """A booklet and what it is good for."""
    return schemas.BookletView(
        number=row.number,
        person=row.person,
        status=row.status,
        status_texts=service.texts.both(f"booklet.{row.status}"),
        issued_on=day(row.issued_on),
        expires_on=day(row.expires_on),
        zone=[row.zone_first, row.zone_second] if row.zone_first and row.zone_second else None,
    )


def _accepted_name(application: Application) -> schemas.EnglishNameView | None:
    if application.given_names is None or application.family_name is None:
        return None
    return schemas.EnglishNameView(
        given_names=application.given_names, family_name=application.family_name, accepted=True
    )


def _suggested_name(holder: Holder | None) -> schemas.EnglishNameView | None:
    if holder is None:
        return None
    return schemas.EnglishNameView(given_names=holder.given_en, family_name=holder.family_en, accepted=False)


def _record(application: Application, holder: Holder | None) -> schemas.RecordView | None:
    """What was confirmed, else what the registry says now."""
    told = application.reviewed or (holder.reviewed_part() if holder else None)
    if told is None:
        return None
    born_on, expires_on = told["born_on"], told["old_expires_on"]
    return schemas.RecordView(
        name_ar=told["name_ar"] or "",
        born_on=day(date.fromisoformat(born_on or "")),
        sex=told["sex"] or "",
        nationality=told["nationality"] or "",
        old_number=told["old_number"],
        old_expires_on=day(date.fromisoformat(expires_on) if expires_on else None),
    )


def _fee(service: Passport, application: Application, facts: RenewalFacts) -> schemas.FeeView:
    fee = renewal_fee(application.validity_years, facts.rules)
    asked = application.fee_minor if application.fee_minor is not None else fee.amount_minor
    return schemas.FeeView(
        amount_minor=asked,
        service_code=fee.service_code,
        state=application.fee_state,
        reason=application.fee_reason,
        reason_texts=_reason(service, application.fee_reason),
    )


def _acted_for(service: Passport, row: CaseMoveRow) -> Words | None:
    if row.on_behalf_of is None:
        return None
    return service.texts.both("acted_for", acted_by=row.actor[-_ENDING:], on_behalf_of=row.on_behalf_of[-_ENDING:])


def _move(service: Passport, row: CaseMoveRow) -> schemas.MoveView:
    return schemas.MoveView(
        action=row.action,
        status=row.to_status,
        state=_state(service, row.to_status),
        at=instant(row.moved_at),
        standing=row.standing,
        acted_for=_acted_for(service, row),
        reason=row.reason,
        reason_texts=_reason(service, row.reason),
    )
