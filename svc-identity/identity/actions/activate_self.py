"""Activate oneself: a visitor whose passport the registry knows, by a code to a mobile in their own name."""

from dataclasses import replace

from chassis import audit
from chassis.authority import Principal
from chassis.database import Session
from chassis.lifecycle import RequirementsMissing
from chassis.timers import disarm
from contracts.authority import Actor
from identity.actions.activate import bind, facts_of, tell_contact
from identity.actions.confirm import LAPSE_TIMER
from identity.actions.relate import relate
from identity.actions.tally import tally, tally_move
from identity.domain.account import Action, Channel, Status
from identity.models import Account, Registration
from identity.queries import person_in, registry_person
from identity.wiring import Identity


async def activate_self(service: Identity, session: Session, account: Account, registration: Registration) -> bool:
    """Make the account active by its confirmed registration; False leaves it to wait for an airport desk."""
    now = service.clock.now()
    facts = replace(
        await facts_of(service, session, account),
        proved_by_passport=registration.proved_by_passport,
        mobile_agrees=registration.mobile_index == account.mobile_index,
        # No code is sent before the registry has said so.
        mobile_in_their_name=registration.confirmed_at is not None,
    )
    try:
        account.move(session, Action.ACTIVATE, by=Actor.HOLDER, actor=account.person, facts=facts, now=now)
    except RequirementsMissing:
        return False
    bind(session, account, account.person, str(Channel.SELF), now, Channel.SELF)
    await disarm(session, LAPSE_TIMER, str(account.id))
    person = person_in(await registry_person(service, session, account.person))
    assert person is not None
    account.name_ar, account.name_en = person.names.ar.full, person.names.en.full
    holder = Principal(account.person, account.kind, "", "")
    rules = dict(service.rules().used)
    audit.act(
        session,
        service,
        holder,
        standing="self",
        person=account.person,
        action=Action.ACTIVATE,
        object_=str(account.id),
        rules=rules,
    )
    await session.flush()
    await tell_contact(service, session, account)
    await relate(service, session, person)
    await tally_move(service, session, Status.REGISTERED, account.status)
    await tally(service, session, "activation.done")
    return True
