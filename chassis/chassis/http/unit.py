"""One request, one transaction: opened before the endpoint, committed after its answer is made and before it leaves.

FastAPI's own `yield` dependencies would commit too late (the client hears 201 of a failed commit) and never see the
answer, which an Idempotency-Key stores in the same transaction.
"""

import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Depends, Header, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.dialects.postgresql import JSONB

from chassis.audit import guard
from chassis.authority import Belief, Principal, RelationsToConfirm, require_role, standings
from chassis.database import Session, Sight, is_contended, see_as
from chassis.http.believing import READING, confirm, once_more, see_as_caller
from chassis.models import IdempotencyRow
from chassis.refusals import Conflict, Forbidden, Invalid, NotFound, Refusal, Unauthenticated
from chassis.wiring import Service
from contracts.authority import STAFF_ROLES, Actor

KEY_LENGTH = 255
KEPT_HEADERS = ("content-type", "location", "content-language")


# Written out, because building them anew costs every acting request more than running them.
_CLAIM = sa.text(
    "insert into idempotency (subject, client, route, key, fingerprint)"
    " values (:subject, :client, :route, :key, :fingerprint) on conflict do nothing returning key"
)
_KEEP = sa.text(
    "update idempotency set status = :status, body = :body, headers = :headers, owner = :owner"
    " where subject = :subject and client = :client and route = :route and key = :key"
).bindparams(sa.bindparam("headers", type_=JSONB))


class UnitRoute(APIRoute):
    """A route whose endpoint runs in one transaction. Use as `APIRouter(route_class=UnitRoute)`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        endpoint = super().get_route_handler()

        async def handle(request: Request) -> Response:
            if request.method not in READING:
                await request.body()  # kept: for the fingerprint, and for a second run; a form parser would consume it
            try:
                return await _unit(endpoint, request)
            except RelationsToConfirm:
                await confirm(request)
                return await _unit(endpoint, once_more(request))

        return handle


async def _unit(endpoint: Callable[[Request], Coroutine[Any, Any, Response]], request: Request) -> Response:
    service: Service = request.app.state.service
    async with service.database.transaction() as session:
        request.state.session = session
        guard.begin(session)
        try:
            response = await endpoint(request)
        except _Replayed as replayed:
            return replayed.response
        if session.info.get("belief") is Belief.UNBELIEVED:
            response.headers["Incomplete"] = "relations"  # only the caller's own records were looked at
        if response.status_code < 400 and (principal := getattr(request.state, "principal", None)) is not None:
            await guard.account_for(service, session, principal, request.scope["route"].path)
        await _store_answer(request, session, response)
    return response


class _Replayed(Exception):
    """The request was answered before; nothing is done again."""

    def __init__(self, response: Response) -> None:
        self.response = response


# Asynchronous though they wait for nothing: the framework sends a plain function to a thread and back.
async def service_of(request: Request) -> Any:
    """The running service; annotate the dependency with its own subclass."""
    return request.app.state.service


async def session_of(request: Request) -> Session:
    """The transaction of this request."""
    session: Session = request.state.session
    return session


SessionDep = Annotated[Session, Depends(session_of)]


@dataclass(frozen=True)
class OpenToClients:
    """Says of a route, before anybody is looked at, with which scope a program gets in."""

    scope: str

    async def __call__(self, request: Request) -> None:
        request.state.open_to_scope = self.scope


def open_to_clients(scope: str) -> Any:
    """Dependency of a route that a program may call in its own name, if its token was given this scope."""
    return Depends(OpenToClients(scope))


async def principal_of(request: Request) -> Principal:
    """Who calls, from a token this service verified itself; the transaction then sees as they do.

    A program in its own name gets in nowhere but where the route opens itself to it (`open_to_clients`).
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    principal: Principal = await request.app.state.verifier.principal(token.strip())
    if principal.kind == Actor.CLIENT:
        opened_to = getattr(request.state, "open_to_scope", None)
        if opened_to is None or opened_to not in principal.scopes:
            raise Forbidden("scope-needed", details={"scopes": [opened_to] if opened_to else []})
    request.state.principal = principal
    session: Session | None = getattr(request.state, "session", None)
    if session is not None:
        await see_as_caller(request, session, principal, token.strip(), _now(request))
    return principal


PrincipalDep = Annotated[Principal, Depends(principal_of)]


async def anonymous(request: Request) -> None:
    """A public route: the transaction sees nobody's records until an action names the system's part it plays."""
    await see_as(request.state.session, Sight.nobody(), _now(request))


async def once(
    request: Request,
    principal: PrincipalDep,
    session: SessionDep,
    idempotency_key: Annotated[
        str | None, Header(description="Any text of up to 255 characters, new for each act")
    ] = None,
) -> None:
    """Require an Idempotency-Key: the same request twice is done once and answered twice; another body is refused.

    A twin still under way is waited for. Refusals are not stored. A replay is authorised again.
    """
    await claim(request, session, principal, idempotency_key)


async def claim(request: Request, session: Session, principal: Principal, given: str | None) -> None:
    """Take the key for this request, or end it with the answer its twin was given. Raises IdempotencyKeyMissing."""
    key = (given or "").strip()
    if not key or len(key) > KEY_LENGTH:
        raise IdempotencyKeyMissing
    identity = {
        "subject": principal.subject,
        "client": principal.client,
        "route": f"{request.method} {request.scope['route'].path}",
        "key": key,
    }
    digest = hashlib.sha256(request.url.path.encode() + b"\0" + await request.body()).hexdigest()
    try:
        fresh = await session.scalar(_CLAIM, {**identity, "fingerprint": digest})
    except sa.exc.DBAPIError as error:
        if is_contended(error):
            raise Conflict("still-being-done", retry_after=1) from error
        raise
    if fresh is None:
        await _replay(request, session, principal, identity, digest)
    request.state.idempotency = identity


OnceDep = Depends(once)


class IdempotencyKeyMissing(Refusal):
    """A creating request came without a key."""

    status = 400
    slug = "idempotency-key-missing"


def _now(request: Request) -> datetime:
    now: datetime = request.app.state.service.clock.now()
    return now


async def _replay(
    request: Request, session: Session, principal: Principal, identity: dict[str, str], digest: str
) -> None:
    row = await session.scalar(sa.select(IdempotencyRow).filter_by(**identity))
    if row is None or row.status is None or row.body is None:
        raise Conflict("still-being-done", retry_after=1)
    if row.fingerprint != digest:
        raise Invalid("idempotency-key-reused")
    now = _now(request)
    if principal.is_staff:
        # Not the very hold on the case: giving it back ends that, and may be answered twice.
        await require_role(session, principal, STAFF_ROLES, now)
    elif row.owner is not None and not await standings(session, principal, row.owner, now):
        raise NotFound
    raise _Replayed(Response(row.body, row.status, {**(row.headers or {}), "Idempotency-Replayed": "true"}))


async def _store_answer(request: Request, session: Session, response: Response) -> None:
    identity = getattr(request.state, "idempotency", None)
    if identity is None:
        return
    await session.flush()
    kept = {
        "status": response.status_code,
        "body": bytes(response.body),
        "headers": {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers},
        "owner": session.info.get("owner"),
    }
    await session.execute(_KEEP, {**identity, **kept})
