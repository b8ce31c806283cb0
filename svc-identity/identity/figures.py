"""Figures of the operators' page, each bounded: the last minutes by index, whole days from the tallies."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from chassis.database import Session
from identity.domain.account import Kind, Status
from identity.models import Account, Allowance, Challenge, PasswordWait, SignIn, Tally
from identity.wiring import Identity

_AT_MOST = 1_000
_MANY = 20_000
_HOUR = timedelta(seconds=3_600)


@dataclass(frozen=True)
class SignIns:
    """Of the last minutes: how many a minute succeeded, of how many tries, and their share in percent."""

    a_minute: float
    tries: int
    success_share: float | None


async def sign_ins(service: Identity, session: Session) -> SignIns:
    """By index over the window of rule identity.ops.success_share; wrong tries of whoever then got in are forgiven."""
    window = service.rules().table("identity.ops.success_share")["within"]
    since = service.clock.now() - timedelta(seconds=window)
    # Whatever began in the window is open beyond its beginning: that is where the index comes in.
    recent = sa.select(SignIn.done_at, SignIn.guesses).where(SignIn.expires_at > since, SignIn.opened_at > since)
    begun = recent.limit(_MANY).subquery()
    is_done = begun.c.done_at.is_not(None)
    counted = sa.select(sa.func.count().filter(is_done), sa.func.sum(begun.c.guesses).filter(~is_done))
    done, misses = (await session.execute(counted.select_from(begun))).one()
    tries = done + (misses or 0) + await _wrong_codes(session, since) + await _wrong_passwords(session, since)
    return SignIns(round(60 * done / window, 1), tries, round(100 * done / tries, 1) if tries else None)


async def _wrong_codes(session: Session, since: datetime) -> int:
    recent = (
        sa.select(Challenge.guesses)
        .where(
            Challenge.expires_at > since,
            Challenge.sent_at > since,
            Challenge.purpose == "sign_in",
            Challenge.used_at.is_(None),
        )
        .limit(_MANY)
        .subquery()
    )
    return int(await session.scalar(sa.select(sa.func.sum(recent.c.guesses))) or 0)


async def _wrong_passwords(session: Session, since: datetime) -> int:
    use = sa.func.unnest(Allowance.uses).table_valued("at", name="use").render_derived()
    recent = (
        sa.select(use.c.at)
        .select_from(Allowance)
        .join(use, use.c.at > since)
        .where(Allowance.scope == "password", Allowance.used_at > since)
        .limit(_MANY)
        .subquery()
    )
    return await session.scalar(sa.select(sa.func.count()).select_from(recent)) or 0


@dataclass(frozen=True)
class Funnel:
    """The tries of a day: each step with how many got there, and where the others were lost."""

    tried: int
    password_right: int
    proved: int
    signed_in: int
    wrong_passwords: int
    stopped: dict[str, int]
    wrong_codes: int
    not_finished: int
    ended_meanwhile: int


STOPPED = ("waits_for_activation", "not_open", "codes_stopped", "wait")


async def sign_in_funnel(session: Session, day: date) -> Funnel:
    """From the day's tallies. Tries that were told to wait before anything was looked at are not among them."""
    told = await tallies(session, day)
    counted = {what.removeprefix("sign_in."): n for what, n in told.items() if what.startswith("sign_in.")}
    stopped = {why: counted.get(f"stopped.{why}", 0) for why in STOPPED}
    awaited, passkeys = counted.get("password_right", 0), counted.get("by_passkey", 0)
    signed_in, ended = counted.get("done", 0) - passkeys, counted.get("ended_meanwhile", 0)
    right = awaited + sum(stopped.values())
    wrong = counted.get("wrong_password", 0)
    return Funnel(
        tried=wrong + right,
        password_right=right,
        proved=signed_in + ended,
        signed_in=signed_in,
        wrong_passwords=wrong,
        stopped=stopped,
        wrong_codes=counted.get("wrong_code", 0),
        not_finished=max(0, awaited - signed_in - ended),
        ended_meanwhile=ended,
    )


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


async def code_delivery_over_time(session: Session, now: datetime) -> dict[int, tuple[float, float, float]]:
    """Seconds within which 50, 95 and 99 in 100 of the codes were with the operator, by ten minutes ago (0 to 5)."""
    took = sa.func.extract("epoch", Challenge.delivered_at - Challenge.sent_at).label("took")
    ago = sa.func.floor(sa.func.extract("epoch", sa.literal(now) - Challenge.sent_at) / 600).label("ago")
    recent = (
        sa.select(took, ago)
        .where(Challenge.expires_at > now - _HOUR, Challenge.sent_at > now - _HOUR, Challenge.delivered_at.is_not(None))
        .limit(_MANY)
        .subquery()
    )
    shares = [sa.func.percentile_cont(share).within_group(recent.c.took) for share in (0.50, 0.95, 0.99)]
    found = await session.execute(sa.select(recent.c.ago, *shares).group_by(recent.c.ago))
    return {int(ago): (float(half), float(most), float(nearly)) for ago, half, most, nearly in found}


async def tallies_of_days(session: Session, what: str, days: list[date]) -> dict[date, int]:
    """What was counted of one thing on each of these days."""
    rows = await session.execute(sa.select(Tally.day, Tally.count).where(Tally.day.in_(days), Tally.what == what))
    return {row[0]: row[1] for row in rows}


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
    passwords = await session.scalar(sa.select(sa.func.count()).select_from(waiting))
    return passwords or 0, await how_many(session, stopped_accounts(service))


async def how_many(session: Session, accounts: sa.Select[Account]) -> int:
    """Of some accounts, counted up to a bound."""
    bounded = accounts.with_only_columns(Account.id).limit(_AT_MOST).subquery()
    return await session.scalar(sa.select(sa.func.count()).select_from(bounded)) or 0


def held_up_accounts(service: Identity) -> sa.Select[Account]:
    """Accounts whose password was wrong as often as an hour allows, within this hour."""
    waits = sa.select(PasswordWait.account_id).where(PasswordWait.began_at > service.clock.now() - _HOUR)
    return sa.select(Account).where(Account.id.in_(waits))


def stopped_accounts(service: Identity) -> sa.Select[Account]:
    """Accounts that get no more codes until their holder has proved themselves otherwise."""
    most = service.rules().number("identity.code.most_misses")
    # The first condition is the index's own.
    return sa.select(Account).where(sa.text("accounts.code_misses > 0"), Account.code_misses >= most)


def waiting_accounts() -> sa.Select[Account]:
    """Accounts that wait for a clerk."""
    return sa.select(Account).where(Account.status == Status.REGISTERED, Account.kind != Kind.STAFF)
