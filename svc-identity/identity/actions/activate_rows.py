"""Activate the rows of a batch: some hundred accounts, their bindings, relations, events and texts in one transaction.

Whoever holds the lease of a row when this commits has activated it; a worker that died or slept changes nothing. So an
account becomes active once and its holder is told once, whatever happens in between.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from chassis import audit
from chassis.authority import Principal
from chassis.database import Session
from chassis.events.outbox import record_all
from chassis.facts import keep_all
from chassis.identifiers import new_reference, uuid7
from chassis.lifecycle import MoveNotOpen, RequirementsMissing
from chassis.models import TimerRow
from contracts.authority import Actor
from contracts.events import ContactChanged
from contracts.values import kind_of
from identity.actions.confirm import LAPSE_TIMER
from identity.actions.relate_people import relate_people
from identity.actions.take_batch import finish_batches
from identity.actions.tally import tally
from identity.domain.account import AccountFacts, Action, Status
from identity.domain.batch import RowState
from identity.models import Account, ActivationBatch, ActivationRow, Binding
from identity.queries import REGISTRY_PERSON, expiry_of
from identity.wiring import Identity
from partners.intents.texts import Text, send_texts
from partners.registry import Person

_LANE = 4
Key = tuple[UUID, int]


@dataclass(frozen=True)
class Leased:
    """A row in hand: nobody else works it while its fence is the newest."""

    batch_id: UUID
    line: int
    fence: int
    number: str
    mobile: str
    language: str

    @property
    def key(self) -> Key:
        return (self.batch_id, self.line)


@dataclass(frozen=True)
class Checked:
    """A row with the registry's answers: who it is (None: nobody) and whether the mobile is in their name."""

    row: Leased
    person: Person | None
    mobile_is_theirs: bool
    answer: dict[str, object]
    reference: str | None


@dataclass
class _Chunk:
    """What is read once for all rows, and what becomes of them."""

    batches: dict[UUID, ActivationBatch]
    accounts: dict[str, Account]
    owners: dict[str, str]
    bound: set[tuple[UUID, str]]
    activated: dict[Key, Account] = field(default_factory=dict)
    refused: dict[Key, list[str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


async def activate_rows(service: Identity, session: Session, checked: Sequence[Checked]) -> int:
    """Give each of these rows its verdict; returns how many accounts became active."""
    held = await _still_held(session, [each.row for each in checked])
    mine = [each for each in checked if each.row.key in held]
    if not mine:
        return 0
    now = service.clock.now()
    chunk = await _read(service, session, mine)
    for each in mine:
        _decide(service, session, chunk, each, now)
    await session.flush()
    _bind(service, session, chunk, mine, now)
    await _settle(service, session, chunk, now)
    await _tell(service, session, chunk, mine, now)
    return len(chunk.activated)


async def _still_held(session: Session, rows: Iterable[Leased]) -> set[Key]:
    fences = {row.key: row.fence for row in rows}
    found = await session.execute(
        sa.select(ActivationRow.batch_id, ActivationRow.line, ActivationRow.fence)
        .where(
            sa.tuple_(ActivationRow.batch_id, ActivationRow.line).in_(list(fences)),
            ActivationRow.state == RowState.WORKING,
        )
        .order_by(ActivationRow.batch_id, ActivationRow.line)
        .with_for_update()
    )
    return {(batch_id, line) for batch_id, line, fence in found if fences[batch_id, line] == fence}


async def _read(service: Identity, session: Session, mine: Sequence[Checked]) -> _Chunk:
    numbers = [each.row.number for each in mine]
    mobiles = [service.cipher.index(each.row.mobile) for each in mine]
    batches = await session.scalars(
        sa.select(ActivationBatch).where(ActivationBatch.id.in_({each.row.batch_id for each in mine}))
    )
    accounts = await session.scalars(
        sa.select(Account).where(Account.person.in_(numbers)).order_by(Account.person).with_for_update()
    )
    owners = await session.execute(
        sa.select(Account.mobile_index, Account.person).where(
            Account.mobile_index.in_(mobiles), Account.status == Status.ACTIVE
        )
    )
    by_person = {account.person: account for account in accounts}
    bound = await session.execute(
        sa.select(Binding.account_id, Binding.clerk).where(
            Binding.account_id.in_([account.id for account in by_person.values()])
        )
    )
    return _Chunk(
        {batch.id: batch for batch in batches},
        by_person,
        {str(index): person for index, person in owners},
        {(account_id, clerk) for account_id, clerk in bound},
    )


def _decide(service: Identity, session: Session, chunk: _Chunk, each: Checked, now: datetime) -> None:
    """Move the account of a row, or keep every reason why not."""
    row, batch = each.row, chunk.batches[each.row.batch_id]
    index = service.cipher.index(row.mobile)
    account = chunk.accounts.get(row.number)
    before = account.status if account else None
    again = account is not None and account.status == Status.LAPSED
    facts = _facts(service, chunk, each, account, index, batch.person, again=again)
    opened = account or _opened(row, now)
    # Decided first as if it were registered, so that a refusal leaves a lapsed account as it was.
    start = Status.REGISTERED if again else Status(opened.status)
    try:
        opened.lifecycle.advance(start, Action.ACTIVATE, batch.standing, facts)
    except RequirementsMissing as missing:
        chunk.refused[row.key] = list(missing.details["missing"])
        return
    except MoveNotOpen:
        chunk.refused[row.key] = [f"account-{opened.status}"]
        return
    if again:
        opened.move(session, Action.REGISTER, by=Actor.HOLDER, actor=opened.person, facts=facts, now=now)
        # Whoever set a password long ago did not prove the mobile that is bound now.
        opened.password_hash = None
    _give_contact(opened, each, index)
    opened.move(session, Action.ACTIVATE, by=batch.standing, actor=batch.person, facts=facts, now=now)
    if account is None:
        session.add(opened)
        chunk.accounts[row.number] = opened
    chunk.owners[index] = row.number
    chunk.activated[row.key] = opened
    if before is not None:
        chunk.counts[before] = chunk.counts.get(before, 0) - 1


def _facts(
    service: Identity, chunk: _Chunk, each: Checked, account: Account | None, index: str, by: str, *, again: bool
) -> AccountFacts:
    person = each.person
    second = service.rules().flag("identity.activation.second_clerk_to_bind_again")
    return AccountFacts(
        today=service.clock.today(),
        kind=account.kind if account else str(kind_of(each.row.number)),
        alive=person is not None and person.alive,
        registered_number=each.row.number,
        registered_expiry=expiry_of(person) if person else None,
        mobile_in_their_name=each.mobile_is_theirs,
        mobile_agrees=account is None or again or account.mobile_index == index,
        mobile_is_free=chunk.owners.get(index, each.row.number) == each.row.number,
        clerk_bound_before=second and account is not None and (account.id, by) in chunk.bound,
    )


def _opened(row: Leased, now: datetime) -> Account:
    return Account(
        id=uuid7(),
        reference=new_reference("ACC"),
        person=row.number,
        kind=str(kind_of(row.number)),
        status=Status.REGISTERED,
        version=0,
        language=row.language,
        opened_at=now,
        moved_at=now,
    )


def _give_contact(account: Account, each: Checked, index: str) -> None:
    assert each.person is not None
    account.mobile, account.mobile_index, account.language = each.row.mobile, index, each.row.language
    account.name_ar, account.name_en = each.person.names.ar.full, each.person.names.en.full


def _bind(service: Identity, session: Session, chunk: _Chunk, mine: Sequence[Checked], now: datetime) -> None:
    for each in mine:
        if (account := chunk.activated.get(each.row.key)) is None:
            continue
        batch = chunk.batches[each.row.batch_id]
        session.add(
            Binding(
                account_id=account.id,
                person=account.person,
                mobile_index=account.mobile_index,
                clerk=batch.person,
                office=batch.office,
                channel=batch.channel,
                batch_id=batch.id,
                bound_at=now,
            )
        )
        audit.act(
            session,
            service,
            Principal(batch.person, batch.standing, "", "", channel=batch.channel),
            standing=batch.standing,
            person=account.person,
            action=Action.ACTIVATE,
            object_=str(account.id),
            reason=batch.reference,
        )


async def _settle(service: Identity, session: Session, chunk: _Chunk, now: datetime) -> None:
    """The verdicts into the rows, by primary key in one round trip."""
    verdicts = [
        {"batch_id": key[0], "line": key[1], "state": str(RowState.ACTIVATED), "account_id": account.id, "reasons": []}
        for key, account in chunk.activated.items()
    ] + [
        {"batch_id": key[0], "line": key[1], "state": str(RowState.REFUSED), "account_id": None, "reasons": reasons}
        for key, reasons in chunk.refused.items()
    ]
    rest = {"mobile": None, "settled_at": now, "lease_until": None}
    await session.execute(sa.update(ActivationRow), [verdict | rest for verdict in verdicts])
    ids = [str(account.id) for account in chunk.activated.values()]
    await session.execute(
        sa.update(TimerRow)
        .where(TimerRow.kind == LAPSE_TIMER, TimerRow.subject.in_(ids), TimerRow.state == "armed")
        .values(state="disarmed", settled_at=sa.func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )
    await session.flush()
    await finish_batches(service, session, list(chunk.batches))


async def _tell(service: Identity, session: Session, chunk: _Chunk, mine: Sequence[Checked], now: datetime) -> None:
    """Facts, contacts, relations and one text each; the day's figures last, because their rows are everybody's."""
    answers = {each.row.number: (each.answer, each.reference) for each in mine}
    await keep_all(session, REGISTRY_PERSON, answers, source="registry", now=now)
    accounts = list(chunk.activated.values())
    await record_all(session, [_contact(account) for account in accounts], now)
    people = [each.person for each in mine if each.row.key in chunk.activated and each.person is not None]
    if people:
        await relate_people(service, session, people)
    await send_texts(session, service, [_text(service, account) for account in accounts], lane=_LANE)
    counted = {f"account.{status}": by for status, by in chunk.counts.items()}
    counted |= {f"account.{Status.ACTIVE}": len(accounts), "activation.done": len(accounts)}
    for what in sorted(what for what, by in counted.items() if by):
        await tally(service, session, what, counted[what])


def _contact(account: Account) -> ContactChanged:
    return ContactChanged(
        account_id=account.id,
        person=account.person,
        mobile=str(account.mobile),
        email=account.verified_email,
        language="en" if account.language == "en" else "ar",
    )


def _text(service: Identity, account: Account) -> Text:
    key = "notice.account_active_by_batch" if account.password_hash is None else "notice.account_active_elsewhere"
    said = service.texts.say(key, account.language)
    return Text(str(account.mobile), said, str(account.id), f"activated:{account.id}:{account.version}")
