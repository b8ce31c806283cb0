"""The audit's seals: nothing settled is missed, every way of tampering is found, and rows are only ever added."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from tests_support import SIGHT, rows, working

from chassis.audit.rows import ActRow, CanaryRow, LookRow, SealHeadRow, SealRow
from chassis.database import Sight
from chassis.events.bus import MemoryBus
from chassis.events.reactions import Reactions
from chassis.models import CaseMoveRow
from chassis.process import Blueprint
from chassis.sealing import sealer as sealing
from chassis.sealing.form import FORM, FORMS, GENESIS, digest_of, lines_sql
from chassis.sealing.sealer import Sealer
from chassis.sealing.verify_command import told_of, verify_audit
from chassis.sealing.verifying import Verdict, verify
from chassis.sealing.witness import witness
from chassis.testing.fixtures import eventually
from chassis.wiring import Service
from chassis.worker import Worker
from contracts.event import REGISTRY
from contracts.events_audit import PassportAuditSealed

PERSON = "1000000008"
SEALED = ("acts", "looks", "case_moves")
Tamper = Callable[[Any], Awaitable[Any]]


def act(service: Service, what: str) -> ActRow:
    now = service.clock.now()
    return ActRow(
        at=now, actor="S-1", standing="reviewer", person=PERSON, channel="office", action=what, object="SMP-1"
    )


def look(service: Service) -> LookRow:
    now = service.clock.now()
    return LookRow(at=now, actor="S-1", standing="reviewer", person=PERSON, object="SMP-1", purpose="assigned-case")


async def write(service: Service, *made: Any) -> None:
    async with service.database.transaction(SIGHT) as session:
        session.add_all(made)


async def seal(service: Service, batches: int = 3, each: int = 4) -> None:
    """`batches` seals of acts and a look."""
    sealer = Sealer(service)
    for batch in range(batches):
        await write(service, *(act(service, f"paper.{batch}-{number}") for number in range(each)), look(service))
        await sealer.seal_settled()
        assert await sealer.seal_settled() == each + 1


async def verified(service: Service, witness: str | None = None) -> Verdict:
    return await verify(service.settings.owner_database_url, service.name, witness)


async def as_owner(service: Service, *statements: str) -> None:
    """What somebody who owns the tables and has taken the triggers away could do."""
    connection = await asyncpg.connect(service.settings.owner_database_url)
    try:
        await connection.execute("select set_config('app.standing', 'system', false)")
        for table in (*SEALED, "seals"):
            await connection.execute(f"alter table {table} disable trigger user")
        for statement in statements:
            assert not (await connection.execute(statement)).endswith(" 0"), f"nothing was tampered with: {statement}"
    finally:
        await connection.close()


async def test_what_is_settled_is_sealed_in_order_and_verifies(service: Service, tmp_path: Path) -> None:
    await seal(service)
    seals = await rows(service, sa.select(SealRow).order_by(SealRow.number))
    assert [each.rows for each in seals] == [5, 5, 5]
    assert [each.first_seq for each in seals[1:]] == [each.last_seq + 1 for each in seals[:-1]]
    assert [each.previous for each in seals] == [GENESIS, *(each.digest for each in seals[:-1])]
    found = await verified(service)
    assert (found.fault, found.seals, found.rows, found.unsealed, found.witnessed) == (None, 3, 15, 0, None)
    await write(service, act(service, "paper.new"))
    assert (await verified(service)).unsealed == 1
    assert await Sealer(service).seal_settled() == 0, "what was not noted before is not sealed yet"


async def test_a_late_committer_is_waited_for_and_a_rolled_back_place_is_not(service: Service) -> None:
    sealer, database = Sealer(service), service.database
    async with database.transaction(SIGHT) as late:
        late.add(act(service, "paper.late"))
        await late.flush()
        await write(service, act(service, "paper.quick"))
        async with database.transaction(SIGHT) as given_up:
            given_up.add(act(service, "paper.given-up"))
            await given_up.flush()
            await given_up.rollback()
        await write(service, act(service, "paper.quicker"))
        assert [await sealer.seal_settled() for _ in range(3)] == [0, 0, 0]
        assert await rows(service, sa.select(SealRow)) == []
    assert await sealer.seal_settled() == 3
    sealed = await rows(service, sa.select(SealRow))
    assert [(each.first_seq, each.last_seq, each.rows) for each in sealed] == [(1, 4, 3)]
    assert (await verified(service)).fault is None


async def test_many_writers_and_two_sealers_leave_every_row_in_one_seal(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "BATCH", 7)
    sealers, done = [Sealer(service), Sealer(service)], asyncio.Event()

    async def keep_sealing(sealer: Sealer) -> None:
        while not done.is_set():
            await sealer.seal_settled()

    async def keep_writing(writer: int) -> None:
        for number in range(15):
            async with service.database.transaction(SIGHT) as session:
                session.add(act(service, f"paper.{writer}-{number}"))
                await session.flush()
                await asyncio.sleep(0.002 * ((writer + number) % 3))

    loops = [asyncio.create_task(keep_sealing(each)) for each in sealers]
    await asyncio.gather(*(keep_writing(writer) for writer in range(4)))
    await asyncio.sleep(0.1)
    done.set()
    await asyncio.gather(*loops)
    await sealers[0].seal_settled()
    await sealers[0].seal_settled()
    found = await verified(service)
    assert (found.fault, found.rows, found.unsealed) == (None, 60, 0)


ALTERED = "a row, their order or the seal was altered"
TAMPERING: dict[str, tuple[tuple[str, ...], int, str]] = {
    "an altered act": (("update acts set reason = 'kind words' where seq = 7",), 2, ALTERED),
    "an altered look": (("update looks set person = '1012345672' where seq = 10",), 2, ALTERED),
    "an instant moved by a millisecond": (
        ("update acts set at = at + interval '1 ms' where seq = 12",),
        3,
        ALTERED,
    ),
    "a deleted row": (("delete from acts where seq = 8",), 2, "1 of its 5 rows are missing"),
    "an inserted row": (
        (
            (
                "insert into acts (id, at, actor, standing, person, channel, action, object, seq)"
                " select gen_random_uuid(), at, actor, standing, person, channel, action, object, 0 from acts where seq = 3"
            ),
        ),
        1,
        "1 rows were put among its 5",
    ),
    "two rows that changed places": (
        (
            "update acts set seq = -1 where seq = 6",
            "update acts set seq = 6 where seq = 7",
            "update acts set seq = 7 where seq = -1",
        ),
        2,
        ALTERED,
    ),
    "a deleted seal in the middle": (("delete from seals where number = 2",), 2, "its seal is missing"),
    "a deleted first seal": (("delete from seals where number = 1",), 1, "its seal is missing"),
    "swapped seals": (
        (
            "update seals set number = -2 where number = 2",
            "update seals set number = 2 where number = 3",
            "update seals set number = 3 where number = -2",
        ),
        2,
        "its seal does not follow the one before",
    ),
    "an altered seal": (("update seals set rows = 4 where number = 3",), 3, "1 rows were put among its 4"),
    "a row and its seal altered": (
        ("update acts set actor = 'S-9' where seq = 6", "update seals set digest = repeat('a', 64) where number = 2"),
        2,
        ALTERED,
    ),
}


async def test_every_tampering_is_found_at_its_first_batch(make_service: Any) -> None:
    service = await make_service()
    await seal(service)
    assert (await verified(service)).fault is None
    connection = await asyncpg.connect(service.settings.owner_database_url)
    try:
        await connection.execute("select set_config('app.standing', 'system', false)")
        for name, (statements, number, what) in TAMPERING.items():
            await as_owner(service)
            await connection.execute("create table kept_acts as table acts; create table kept_looks as table looks")
            await connection.execute("create table kept_seals as table seals")
            await as_owner(service, *statements)
            fault = (await verified(service)).fault
            assert fault is not None, f"{name} was not found"
            assert (fault.number, fault.what) == (number, what), name
            for table in ("acts", "looks", "seals"):
                await connection.execute(f"delete from {table}")
                await connection.execute(f"insert into {table} select * from kept_{table}; drop table kept_{table}")
            assert (await verified(service)).fault is None, f"{name} was not put right again by the test"
    finally:
        await connection.close()


async def test_a_cut_end_and_a_rewritten_chain_are_found_by_the_heads_kept_elsewhere(
    make_service: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(REGISTRY, "sample.audit.sealed.v1", PassportAuditSealed)
    service, other = await make_service(), await make_service()
    file = tmp_path / "heads"
    object.__setattr__(service.settings, "seal_log", str(file))
    reactions, bus = Reactions(), MemoryBus()
    witness(reactions, PassportAuditSealed)
    await seal(service)
    # The other service's database has its heads by events.
    async with working(Worker(other, bus, reactions), Worker(service, bus)):
        await eventually(lambda: _heads(other))
    heads = await rows(other, sa.select(SealHeadRow).order_by(SealHeadRow.number))
    seals = await rows(service, sa.select(SealRow).order_by(SealRow.number))
    assert [each.digest for each in heads] == [each.digest for each in seals[: len(heads)]]
    assert [json.loads(line)["digest"] for line in file.read_text().splitlines()] == [each.digest for each in seals]

    url, chain = service.settings.owner_database_url, "passport"
    there = other.settings.owner_database_url
    # The sample's own name for the chain is another than its event's producer: compared by the file, which says both.
    assert (await verify(url, "sample", str(file))).witnessed == 3
    assert (await verify(there, chain)).fault is None

    await as_owner(service, "delete from acts where seq > 10", "delete from looks where seq > 10")
    await as_owner(service, "delete from seals where number = 3")
    assert (await verified(service)).fault is None, "a chain alone does not show that its end was cut"
    cut = (await verify(url, "sample", str(file))).fault
    assert cut is not None
    assert (cut.number, cut.what) == (3, "it was sealed and published, and is gone: the end was cut")

    await as_owner(service, "update acts set actor = 'S-9' where seq = 7")
    await _rewrite(service, 2)
    assert (await verified(service)).fault is None, "a rewritten chain is right in itself"
    rewritten = (await verify(url, "sample", str(file))).fault
    assert rewritten is not None
    assert (rewritten.number, "rewritten" in rewritten.what) == (2, True)


async def _heads(service: Service) -> bool:
    return len(await rows(service, sa.select(SealHeadRow))) == 3


async def _rewrite(service: Service, number: int) -> None:
    """Compute a seal anew over rows as they are now, as whoever owns the database could."""
    connection = await asyncpg.connect(service.settings.owner_database_url)
    try:
        await connection.execute("select set_config('app.standing', 'system', false)")
        row = await connection.fetchrow("select * from seals where number = $1", number)
        where = f"seq between {row['first_seq']} and {row['last_seq']}"
        lines = [each["line"] for each in await connection.fetch(lines_sql(FORM, where))]
        digest = digest_of("sample", number, row["first_seq"], row["last_seq"], FORM, row["previous"], lines)
        await connection.execute(
            "update seals set digest = $1, rows = $2 where number = $3", digest, len(lines), number
        )
    finally:
        await connection.close()


async def test_the_command_names_the_first_bad_batch_and_fails(service: Service) -> None:
    await seal(service)
    blueprint: Any = type("Sample", (Blueprint,), {"__init__": lambda self: None})()
    object.__setattr__(blueprint, "name", "sample")
    assert await verify_audit(blueprint, service.settings, None) == 0
    await as_owner(service, "update acts set reason = 'x' where seq = 7")
    assert await verify_audit(blueprint, service.settings, None) == 1
    assert "batch 2" in told_of(await verified(service))


async def test_rows_are_only_ever_added_whoever_tries(service: Service) -> None:
    await seal(service, 1)
    await write(
        service,
        SealHeadRow(chain="other", number=1, last_seq=1, rows=1, digest="0" * 64, sealed_at=service.clock.now()),
        CaseMoveRow(
            case_kind="paper",
            case_id="01900000-0000-7000-8000-000000000010",
            version=1,
            action="stamp",
            from_status="filed",
            to_status="stamped",
            standing="holder",
            actor=PERSON,
            moved_at=service.clock.now(),
        ),
    )
    run, owner = service.settings.database_url, service.settings.owner_database_url
    for url, sign in ((run, "permission denied"), (owner, "only ever added")):
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("select set_config('app.standing', 'system', false)")
            for table, column in (*((each, "actor") for each in SEALED), ("seals", "digest"), ("seal_heads", "digest")):
                for change in (f"update {table} set {column} = 'x'", f"delete from {table}", f"truncate {table}"):
                    with pytest.raises(asyncpg.PostgresError, match=sign):
                        await connection.execute(change)
        finally:
            await connection.close()


async def test_every_column_of_a_sealed_table_is_in_the_form(service: Service) -> None:
    for table, columns in FORMS[FORM].items():
        found = await rows(
            service, sa.text(f"select column_name from information_schema.columns where table_name = '{table}'")
        )
        assert set(found) == set(columns), table


async def test_nobody_but_the_system_and_staff_sees_alarms_and_canaries(service: Service) -> None:
    await write(service, CanaryRow(person=PERSON))
    async with service.database.transaction(Sight(PERSON)) as session:
        for table in ("audit_alarms", "canaries"):
            assert await session.scalar(sa.text(f"select count(*) from {table}")) == 0
        with pytest.raises(sa.exc.DBAPIError, match="row-level security"):
            await session.execute(sa.text("insert into canaries (person) values ('x')"))
    assert len(await rows(service, sa.select(CanaryRow))) == 1
