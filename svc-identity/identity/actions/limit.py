"""Limits as rows: the latest uses of something under a keyed digest, locked while it is asked, exact in any window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.database import Session
from identity.domain.passwords import resend_wait
from identity.models import Allowance
from identity.wiring import Identity

_REMEMBERED = 10_000
_NAMES = (sa.bindparam("scopes", type_=ARRAY(sa.Text)), sa.bindparam("keys", type_=ARRAY(sa.Text)))
# In SQL, because every sign-in asks them: building them anew would cost more than running them.
_LOCK = sa.select(Allowance).from_statement(
    sa.text("""
        insert into allowances (scope, key, uses, used_at)
        select scope, key, '{}', :now from unnest(:scopes, :keys) as asked (scope, key) order by scope, key
        on conflict (scope, key) do update set used_at = excluded.used_at
        returning *
    """).bindparams(*_NAMES, sa.bindparam("now", type_=sa.DateTime(timezone=True)))
)
_FORGIVE = sa.text("""
    with locked as (
        select scope, key, latest_only from allowances
        join unnest(:scopes, :keys, cast(:latest_only as bool[])) as asked (scope, key, latest_only) using (scope, key)
        order by scope, key for update of allowances
    )
    update allowances set uses = case when latest_only then trim_array(uses, least(1, cardinality(uses))) else '{}' end
    from locked where allowances.scope = locked.scope and allowances.key = locked.key
""").bindparams(*_NAMES, sa.bindparam("latest_only", type_=ARRAY(sa.Boolean)))


@dataclass(frozen=True)
class Limit:
    """At most `most` uses within each window (seconds) of `scope` for `key`; the key is digested before it is kept.

    With `pauses` (seconds: first, longest) each further use waits twice as long, until `clear` forgets them. A refusal of
    a `lasting` limit is remembered here until it is over: its uses are never given back.
    """

    scope: str
    key: str
    windows: Sequence[tuple[int, int]]
    pauses: Mapping[str, int] | None = None
    lasting: bool = False

    @property
    def longest(self) -> int:
        return max(seconds for seconds, _ in self.windows)


async def take(service: Identity, session: Session, limits: Sequence[Limit], now: datetime) -> int:
    """Use all of these once: 0 when all allow it, else nothing is used and the seconds until it is worth asking again.

    Rows are locked in one order, so that two callers never wait for each other in a circle.
    """
    if wait := _remembered(service, limits, now):
        return wait
    asked = {(limit.scope, _digest(service, limit.scope, limit.key)): limit for limit in limits}
    # First without a lock: under attack nearly everything is refused, and a refusal must cost one read and hold nobody up.
    found = list(await session.execute(sa.select(Allowance.scope, Allowance.key, Allowance.uses).where(_among(asked))))
    for scope, key, uses in found:
        _remember(service, asked[scope, key], uses, now)
    if wait := max((_wait(asked[scope, key], uses, now) for scope, key, uses in found), default=0):
        return wait
    rows = {(row.scope, row.key): row for row in await _locked(session, asked, now)}
    wait = max((_wait(limit, rows[name].uses, now) for name, limit in asked.items()), default=0)
    if not wait:
        for name, limit in asked.items():
            keep(rows[name], limit.longest, now)
        await session.flush()
    return wait


async def clear(service: Identity, session: Session, scope: str, key: str) -> None:
    """Forget the uses of a limit: what it guards against did not happen."""
    await forgive(service, session, all_of=[(scope, key)])


async def give_back(service: Identity, session: Session, scope: str, key: str) -> None:
    """Take the latest use of a limit back: the try that reserved it was right."""
    await forgive(service, session, latest_of=[(scope, key)])


async def forgive(
    service: Identity,
    session: Session,
    *,
    all_of: Sequence[tuple[str, str]] = (),
    latest_of: Sequence[tuple[str, str]] = (),
) -> None:
    """Forget all uses of some limits and the latest of others, by scope and key, in one statement."""
    names = [*all_of, *latest_of]
    await session.execute(
        _FORGIVE,
        {
            "scopes": [scope for scope, _ in names],
            "keys": [_digest(service, scope, key) for scope, key in names],
            "latest_only": [False] * len(all_of) + [True] * len(latest_of),
        },
    )


async def locked(service: Identity, session: Session, *names: tuple[str, str], now: datetime) -> list[Allowance]:
    """The rows of limits, by scope and key, locked until the transaction ends; in the order asked for."""
    asked = [(scope, _digest(service, scope, key)) for scope, key in names]
    rows = {(row.scope, row.key): row for row in await _locked(session, asked, now)}
    return [rows[name] for name in asked]


def wait_for(limit: Limit, row: Allowance, now: datetime) -> int:
    """Seconds until a locked row allows another use; 0 when it does."""
    return _wait(limit, row.uses, now)


def digest_of(service: Identity, scope: str, key: str) -> str:
    """Under what a limit's uses are kept, for whoever reads them otherwise."""
    return _digest(service, scope, key)


def keep(row: Allowance, seconds: int, now: datetime) -> None:
    """Add a use and forget those older than the longest window."""
    row.uses = [use for use in row.uses if use > now - timedelta(seconds=seconds)] + [now]
    row.used_at = now


def _remembered(service: Identity, limits: Sequence[Limit], now: datetime) -> int:
    """Seconds left of a refusal this process has seen: a flood asks nothing of the database."""
    known = service.closed
    return max((_until(known.get((each.scope, each.key), now), now) for each in limits if each.lasting), default=0)


def _remember(service: Identity, limit: Limit, uses: Sequence[datetime], now: datetime) -> None:
    if limit.lasting and (wait := _wait(limit, uses, now)):
        if len(service.closed) >= _REMEMBERED:
            service.closed.clear()
        service.closed[limit.scope, limit.key] = now + timedelta(seconds=wait)


def _digest(service: Identity, scope: str, key: str) -> str:
    return service.cipher.index(f"{scope}:{key}")


def _among(names: "Sequence[tuple[str, str]] | Mapping[tuple[str, str], Limit]") -> sa.ColumnElement[bool]:
    return sa.tuple_(Allowance.scope, Allowance.key).in_(sorted(names))


async def _locked(
    session: Session, names: "Sequence[tuple[str, str]] | Mapping[tuple[str, str], Limit]", now: datetime
) -> list[Allowance]:
    """The rows, made where they are missing, locked in the order of their names; all of it in one statement."""
    scopes, keys = zip(*sorted(names), strict=True)
    asked = {"scopes": scopes, "keys": keys, "now": now}
    found = await session.scalars(_LOCK, asked, execution_options={"populate_existing": True})
    return sorted(found, key=lambda row: (row.scope, row.key))


def _wait(limit: Limit, uses: Sequence[datetime], now: datetime) -> int:
    wait = 0
    for seconds, most in limit.windows:
        within = [use for use in uses if use > now - timedelta(seconds=seconds)]
        if len(within) >= most:
            wait = max(wait, _until(within[-most] + timedelta(seconds=seconds), now))
    recent = [use for use in uses if use > now - timedelta(seconds=limit.longest)]
    if limit.pauses and recent:
        wait = max(wait, _until(recent[-1] + resend_wait(len(recent), limit.pauses), now))
    return wait


def _until(instant: datetime, now: datetime) -> int:
    return max(0, int((instant - now).total_seconds()) + 1) if instant > now else 0
