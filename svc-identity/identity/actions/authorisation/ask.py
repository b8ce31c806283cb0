"""Ask: somebody wants to be authorised. The grantor alone decides and is not to be pestered: asking has limits.

The answer is the same for every grantor's number, whether it has an account or not.
"""

from datetime import timedelta

from chassis import audit
from chassis.authority import Principal
from chassis.database import Session
from chassis.lifecycle import RequirementsMissing
from chassis.refusals import Conflict
from chassis.requirements import examine
from contracts.authority import Actor
from contracts.events_authorisation import AuthorisationRequested
from identity.actions.authorisation.beginning import TooManyAuthorisations, Wish, begun, only_people, use_up
from identity.actions.authorisation.gathering import facts_of, see_both
from identity.actions.authorisation.moving import expire_at, tell
from identity.domain.authorisation import Status
from identity.domain.authorisation_requirements import ASKABLE
from identity.models import Authorisation
from identity.queries_authorisations import asked_before, asks_waiting_for
from identity.wiring import Identity

MOST = "identity.authorisation_request.most"
KEPT = "identity.authorisation_request.kept"
REST = "identity.authorisation_request.rest"


class AskedAlready(Conflict):
    """The same person was asked for the same service, and has not answered or has declined lately."""

    slug = "authorisation-asked-already"


async def ask(service: Identity, session: Session, principal: Principal, *, grantor: str, wish: Wish) -> Authorisation:
    """A request that waits for the grantor. Raises Forbidden, TooManyAuthorisations, AskedAlready, RequirementsMissing."""
    await only_people(session, principal)
    rules, now = service.rules(), service.clock.now()
    most = rules.table(MOST)
    await use_up(service, principal.subject, "authorisation-ask", most)
    authorisation = begun(service, wish, grantor=grantor, grantee=principal.subject, asked_by=principal.subject)
    await see_both(service, session)
    facts = await facts_of(service, session, authorisation)
    if failing := [finding for finding in examine(ASKABLE, facts) if finding.is_failed]:
        raise RequirementsMissing(failing)
    await _not_pestering(service, session, authorisation, most["waiting_for_one"])
    session.add(authorisation)
    await session.flush()
    await expire_at(session, authorisation, now + timedelta(days=rules.number(KEPT)))
    audit.act(
        session,
        service,
        principal,
        standing=Actor.GRANTEE,
        person=grantor,
        action="authorisation.ask",
        object_=authorisation.reference,
        rules=dict(rules.used),
    )
    if facts.grantor_is_active:
        await tell(service, session, AuthorisationRequested, authorisation)
    session.info["owner"] = principal.subject
    return authorisation


async def _not_pestering(service: Identity, session: Session, authorisation: Authorisation, waiting: int) -> None:
    """`facts_of` holds the turn over this grantor and service, so that two asks at once see each other."""
    rest = timedelta(days=service.rules().number(REST))
    for earlier in await asked_before(session, authorisation):
        is_resting = earlier.status == Status.DECLINED and service.clock.now() - earlier.moved_at < rest
        if earlier.status in (Status.REQUESTED, Status.DRAFT) or is_resting:
            raise AskedAlready
    if await asks_waiting_for(session, authorisation.person) >= waiting:
        raise TooManyAuthorisations
