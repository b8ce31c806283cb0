"""Pumping: ten thousand requests for codes to one prefix. Few texts leave, an alarm is raised, everybody else is served."""

import itertools
import re
import statistics
import time
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from chassis.database import Sight
from identity.actions import challenge
from identity.actions.challenge import REGISTRATION, SIGN_IN, accept_code, send_code
from identity.actions.enter_password import Said, Try, enter_password
from identity.actions.watch import PUMPING
from identity.figures import pumped_prefixes, tallies
from identity.models import Account, Challenge
from partners.intents.texts import send_text

SYSTEM = Sight.system("test")
REQUESTS, MOBILES, SOURCES, BATCH = 10_000, 500, 200, 200
PREFIX = "+96650777"
# One request every 60 ms: ten minutes of attack, in which an alarm is due within the first.
PAUSE = timedelta(milliseconds=60)
ROUNDS, A_ROUND = 5, 80
ALARM_WITHIN = timedelta(seconds=60)


class Attack:
    """Requests from many addresses for many mobiles; two honest users in every two hundred ask, get and use one."""

    def __init__(self, service, texts):
        self.texts = texts
        self.service, self.sent, self.honest, self.served = service, 0, 0, 0
        self.alarm_after = None

    async def run(self):
        service, began = self.service, self.service.clock.now()
        for batch in range(REQUESTS // BATCH):
            async with service.database.transaction(SYSTEM, now=service.clock.now()) as session:
                for number in range(batch * BATCH, (batch + 1) * BATCH):
                    self.sent += await self._attack(session, number)
                    service.clock.advance(PAUSE)
                self.served += await self._serve(session, batch)
                if self.alarm_after is None and await pumped_prefixes(service, session):
                    self.alarm_after = service.clock.now() - began

    async def _attack(self, session, number):
        wait = await send_code(
            self.service,
            session,
            REGISTRATION,
            uuid4(),
            person=f"person-{number % MOBILES}",
            mobile=f"{PREFIX}{number % MOBILES:04d}",
            language="ar",
            source=f"198.51.100.{number % SOURCES}",
        )
        return wait == 0

    async def _serve(self, session, batch):
        """Two who are honest: one registers elsewhere, one of the very prefix has proved a password."""
        served = 0
        for purpose, mobile in (
            (REGISTRATION, f"+9665{batch % 40 + 10}12{batch:04d}"),
            (SIGN_IN, f"{PREFIX}9{batch:03d}"),
        ):
            self.honest += 1
            object_id = uuid4()
            wait = await send_code(
                self.service,
                session,
                purpose,
                object_id,
                person=f"honest-{purpose.name}-{batch}",
                mobile=mobile,
                language="ar",
                source=f"203.0.113.{batch}",
            )
            if wait == 0:
                sent = await session.scalar(sa.select(Challenge.id).where(Challenge.object == object_id))
                code = re.search(r"\b\d{6}\b", self.texts[str(sent)])[0]
                served += await accept_code(self.service, session, purpose, object_id, code)
        return served


@pytest.fixture
def texts(monkeypatch):
    """Texts on their way, by what they are about; they go on their way all the same."""
    seen = {}

    async def seeing(session, service, **words):
        seen[words["about"]] = words["text"]
        await send_text(session, service, **words)

    monkeypatch.setattr(challenge, "send_text", seeing)
    return seen


async def test_ten_thousand_requests_to_one_prefix_send_few_texts_and_hold_nobody_up(house, texts):
    attack = Attack(house.service, texts)
    began = time.monotonic()
    await attack.run()
    took = time.monotonic() - began
    assert attack.sent <= 60, f"{attack.sent} texts left"
    assert attack.sent >= 20, "the limit was reached by the attack, not by something before it"
    assert attack.alarm_after is not None
    assert attack.alarm_after < ALARM_WITHIN
    assert attack.honest == 2 * REQUESTS // BATCH
    assert attack.served >= 0.99 * attack.honest
    async with house.service.database.transaction(SYSTEM) as session:
        [pumped] = await pumped_prefixes(house.service, session)
        assert pumped.prefix == PREFIX
        assert (await tallies(session, house.service.clock.today()))[PUMPING] == 1, "raised once, not at every text"
    assert took < 60, f"{took:.1f} s"


async def test_a_victims_mobile_gets_eight_codes_a_day_at_growing_intervals(house):
    service, sent_at = house.service, []
    began = service.clock.now()
    for turn in itertools.count():
        now = service.clock.now()
        if now - began >= timedelta(days=1):
            break
        async with service.database.transaction(SYSTEM, now=now) as session:
            wait = await send_code(
                service,
                session,
                REGISTRATION,
                uuid4(),
                person="victim",
                mobile="+966501230000",
                language="ar",
                source=f"198.51.{turn // 200}.{turn % 200}",
            )
        if wait == 0:
            sent_at.append(now)
        service.clock.advance(timedelta(seconds=max(wait, 1)))
    assert len(sent_at) == 8
    minutes = [(after - before).total_seconds() / 60 for before, after in itertools.pairwise(sent_at)]
    assert all(pause >= expected for pause, expected in zip(minutes, (1, 2, 4, 8, 16, 32, 32), strict=True))


async def test_known_and_unknown_numbers_take_the_same_time(house):
    """Medians of sign-in within 3 ms or a tenth of each other; on a busy machine it takes more of them to tell."""
    service, took = house.service, {"known": [], "unknown": []}
    kept = await service.passwords.hash("Sesame-open-7")
    for turn in range(ROUNDS):
        numbers = [f"1{turn:04d}{each:05d}" for each in range(A_ROUND)]
        async with service.database.transaction(SYSTEM, now=service.clock.now()) as session:
            session.add_all(_account(service, number, kept) for number in numbers[::2])
        for name, number in zip(itertools.cycle(took), numbers, strict=False):
            began = time.perf_counter()
            answer = await enter_password(service, Try(number, "Wrong-password-1", "b", "/", "ar", number))
            took[name].append(time.perf_counter() - began)
            assert answer.said is Said.NOT_RIGHT
        here, there = (statistics.median(each) for each in took.values())
        if abs(here - there) <= max(0.003, 0.1 * min(here, there)):
            return
    pytest.fail(f"known {here * 1000:.1f} ms, unknown {there * 1000:.1f} ms")


def _account(service, number, kept):
    now = service.clock.now()
    return Account(
        reference=f"ACC-{number}",
        person=number,
        kind="citizen",
        status="active",
        version=0,
        language="ar",
        mobile="+966500000000",
        mobile_index=number,
        password_hash=kept,
        opened_at=now,
        moved_at=now,
    )
