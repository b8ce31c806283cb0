"""Prepare: a grantor says to whom, what, how long; a code goes to their mobile. Nothing is granted before it comes back."""

from datetime import date

from chassis.authority import Principal
from chassis.database import Session
from chassis.lifecycle import RequirementsMissing
from identity.actions.authorisation.beginning import Wish, begun, only_of_oneself, only_people, use_up
from identity.actions.authorisation.code import await_the_code
from identity.actions.authorisation.gathering import ask_the_registry, facts_of, see_both
from identity.actions.authorisation.moving import move_by_person
from identity.domain.authorisation import Action
from identity.models import Authorisation
from identity.wiring import Identity

MOST_DRAFTS = "identity.authorisation.most_drafts"
_ASK_AGAIN_S = 1


async def prepare(
    service: Identity, session: Session, principal: Principal, *, grantee: str, born_on: date, wish: Wish
) -> Authorisation:
    """A draft, its code on the way. Raises NotFound, NotTransitive, TooManyAuthorisations or RequirementsMissing.

    An unknown number, another birth date and an account that is not active are refused alike.
    """
    await only_people(session, principal)
    await only_of_oneself(service, session, principal, wish)
    await use_up(service, principal.subject, "authorisation-draft", service.rules().table(MOST_DRAFTS))
    authorisation = begun(service, wish, grantor=principal.subject, grantee=grantee, asked_by=principal.subject)
    await see_both(service, session)
    facts = await facts_of(service, session, authorisation, born_on=born_on)
    try:
        move_by_person(service, session, principal, authorisation, Action.APPROVE, facts)
    except RequirementsMissing as missing:
        if facts.grantee_is_known is None:
            await ask_the_registry(service, grantee)
            missing.retry_after = _ASK_AGAIN_S
        raise
    session.add(authorisation)
    await session.flush()
    await await_the_code(service, session, authorisation)
    session.info["owner"] = principal.subject
    return authorisation
