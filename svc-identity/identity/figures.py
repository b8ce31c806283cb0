"""Figures of the operators' page, each bounded: the last minutes by index, whole days from the tallies."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from chassis.database import Session
from identity.domain.account import Kind, Status
from identity.models import Account, Allowance, Challenge, SignIn, Tally
from identity.wiring import Identity

_AT_MOST = 1_000
_HOUR = timedelta(seconds=3_600)


@dataclass(frozen=True)
class SignIns:
    """Of the last minutes: how many a minute were proved, and of today's tries the share (percent) that succeeded."""

    a_minute: float
    success_share: float | None


async def sign_ins(service: Identity, session: Session) -> SignIns:
    now = service.clock.now()
    # A sign-in is open for a fixed time, so that whose time has not run out began within it.
    window = 2 * service.rules().number("identity.code.lifetime")
    done = await session.scalar(
        sa.select(sa.func.count())
        .select_from(SignIn)
        .where(
            SignIn.expires_at > now, SignIn.expires_at <= now + timedelta(seconds=window), SignIn.done_at.is_not(None)
        )
    )
    today = await tallies(session, service.clock.today())
    right = today.get("sign_in.done", 0)
    every = right + today.get("sign_in.wrong_password", 0) + today.get("sign_in.wrong_code", 0)
    return SignIns(round(60 * (done or 0) / window, 1), round(100 * right / every, 1) if every else None)


async def code_delivery(session: Session, now: datetime) -> float | None:
    """Seconds within which 95 in 100 of the last hour's codes were with the operator; None when there were none."""
    took = sa.func.extract("epoch", Challenge.delivered_at - Challenge.sent_at)
    recent = (
        sa.select(took.label("took"))
        .where(Challenge.expires_at > now - _HOUR, Challenge.delivered_at.is_not(None))
        .limit(_AT_MOST)
        .subquery()
    )
    p95 = await session.scalar(sa.select(sa.func.percentile_cont(0.95).within_group(recent.c.took)))
    return None if p95 is None else round(float(p95), 1)


@dataclass(frozen=True)
class Pumped:
    """A prefix to which many codes go and few are used: `used` of `sent` in the last hour."""

    prefix: str
    sent: int
    used: int


async def pumped_prefixes(service: Identity, session: Session, prefix: str | None = None) -> list[Pumped]:
    """Prefixes that look pumped (rule identity.code.alarm), the most texted first; with `prefix` only that one."""
    alarm = service.rules().table("identity.code.alarm")
    sent, used = sa.func.count(), sa.func.count(Challenge.used_at)
    asked = (
        sa.select(Challenge.prefix, sent, used)
        .where(Challenge.prefix.is_not(None), Challenge.sent_at > service.clock.now() - _HOUR)
        .group_by(Challenge.prefix)
        .having(sent >= alarm["least_sent"], 100 * used < alarm["used_share"] * sent)
        .order_by(sent.desc())
        .limit(_AT_MOST)
    )
    if prefix is not None:
        asked = asked.where(Challenge.prefix == prefix)
    return [Pumped(str(row[0]), row[1], row[2]) for row in await session.execute(asked)]


async def tallies(session: Session, day: date) -> dict[str, int]:
    """What was counted on a day."""
    rows = await session.execute(sa.select(Tally.what, Tally.count).where(Tally.day == day))
    return {row[0]: row[1] for row in rows}


async def accounts_by_status(session: Session) -> dict[str, int]:
    """Accounts in each status, from the days' tallies: some thousands of rows however many accounts there are."""
    rows = await session.execute(
        sa.select(Tally.what, sa.func.sum(Tally.count)).where(Tally.what.like("account.%")).group_by(Tally.what)
    )
    return {what.removeprefix("account."): int(count) for what, count in rows}


async def made_to_wait(service: Identity, session: Session) -> tuple[int, int]:
    """Numbers whose passwords must wait the hour out, and accounts whose codes are stopped; both counted up to a bound."""
    rules, now = service.rules(), service.clock.now()
    most = rules.number("identity.password.wrong_an_hour")
    waiting = (
        sa.select(Allowance.key)
        .where(
            Allowance.scope == "password", Allowance.used_at > now - _HOUR, sa.func.cardinality(Allowance.uses) >= most
        )
        .limit(_AT_MOST)
        .subquery()
    )
    stopped = (
        sa.select(Account.id)
        .where(sa.text("accounts.code_misses > 0"), Account.code_misses >= rules.number("identity.code.most_misses"))
        .limit(_AT_MOST)
        .subquery()
    )
    passwords = await session.scalar(sa.select(sa.func.count()).select_from(waiting))
    codes = await session.scalar(sa.select(sa.func.count()).select_from(stopped))
    return passwords or 0, codes or 0


def waiting_accounts() -> sa.Select[Account]:
    """Accounts that wait for a clerk."""
    return sa.select(Account).where(Account.status == Status.REGISTERED, Account.kind != Kind.STAFF)
