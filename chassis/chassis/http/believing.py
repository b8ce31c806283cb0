"""Whether the copy of another service's relations can be believed, and asking their owner when it cannot.

A read believes a copy that is at most `BELIEVED_S` old; an older one is confirmed by the owner first. An act through a
relation is always confirmed by the owner: an ended relation acts no more, however late events are. Whoever touches
only their own record never waits for any of this.
"""

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request

from chassis.authority import Belief, Principal, RelationsToConfirm
from chassis.database import Session, Sight, see_as
from chassis.http.client import HttpClient, Unreachable
from chassis.relation_copies import keep_relation
from chassis.wiring import Service
from contracts.events_identity import RelationChanged

OWNER = RelationChanged.producer()
BELIEVED_S = 5.0
OVERLAP = timedelta(seconds=60)  # longer than any transaction of the owner's lives
ASKED_S = 1.0
READING = ("GET", "HEAD")


class _Told(BaseModel):
    """What the owner answers with; `more`: there is more than is told at once."""

    items: list[RelationChanged]
    more: bool


class RelationsOwner:
    """The service relations are kept by, asked with the caller's own token about the caller's own relations.

    A call between services because an act through a relation must not happen after it has ended, however late events
    are; bounded to a second; when there is no answer, acts through relations wait (503) and one's own record does not.
    """

    def __init__(self, url: str) -> None:
        self._client = HttpClient(OWNER, url, total_s=ASKED_S)

    async def changed(self, token: str, since: datetime | None) -> list[RelationChanged] | None:
        """What changed since; None when the token is no longer good or there is more than is told at once.

        Raises Unreachable, or ValueError for an answer that is none.
        """
        response = await self._client.request(
            "GET",
            "/v1/me/relations",
            params={"since": since.isoformat()} if since else None,
            headers={"authorization": f"Bearer {token}"},
            repeatable=True,
        )
        if response.status_code != 200:
            return None
        told = _Told.model_validate_json(response.content)
        return None if told.more else told.items

    async def close(self) -> None:
        await self._client.close()


async def see_as_caller(request: Request, session: Session, principal: Principal, token: str, now: datetime) -> None:
    """Give the transaction the caller's sight, and note what may be made of relations in it. Raises RelationsToConfirm."""
    settled: Belief | None = getattr(request.state, "belief", None)
    unbelieved = settled is Belief.UNBELIEVED
    current_at, db_now = await see_as(session, principal.sight, now, owner=OWNER, unbelieved=unbelieved)
    if request.app.state.relations_owner is None:
        return
    request.state.token, request.state.current_at = token, current_at
    old = current_at is None or (db_now - current_at).total_seconds() > BELIEVED_S
    if settled is not None:
        session.info["belief"] = settled
    elif request.method not in READING:
        session.info["belief"] = Belief.TO_CONFIRM_ALL if old else Belief.TO_CONFIRM
    elif old:
        raise RelationsToConfirm
    else:
        session.info["belief"] = Belief.BELIEVED


async def confirm(request: Request) -> None:
    """Ask the owner, outside any transaction, and keep what it says; the request's belief is settled by that."""
    service: Service = request.app.state.service
    owner: RelationsOwner = request.app.state.relations_owner
    current_at: datetime | None = request.state.current_at
    try:
        changed = await owner.changed(request.state.token, current_at - OVERLAP if current_at else None)
    except (Unreachable, ValueError):
        changed = None
    service.metrics.relations_asked.labels("unanswered" if changed is None else "answered").inc()
    if changed:
        async with service.database.transaction(Sight.system("relations")) as session:
            for each in changed:
                await keep_relation(session, each)
    request.state.belief = Belief.UNBELIEVED if changed is None else Belief.CONFIRMED


def once_more(request: Request) -> Request:
    """The same request to be run again from its start; its body has been kept."""
    body: bytes = getattr(request, "_body", b"")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, receive)
