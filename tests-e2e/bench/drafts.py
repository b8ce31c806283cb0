"""Makes complete drafts whose fee is reserved: the product's own actions, over answers of the simulated bodies.

Run as a process of its own: `drafts.py <how many> <passport dsn> <partners dsn> <admin dsn> <secrets folder> <file>`. Each line
of the file is a person's number and an application's id. The first few dozen people go through the actions; their rows are
copied to the others (see copies.py). Two short cuts, of no account to a submission: the portrait is examined once and stored
for everybody, and the payment body's "reserved" is told to the product instead of asked for.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import asyncpg
import sqlalchemy as sa
from copies import chunks, copy

from chassis import facts
from chassis.authority import Principal
from chassis.clock import Clock
from chassis.lifecycle import RequirementsMissing
from chassis.models import IntentRow
from partners import testing
from partners.intents.facts import BODIES
from partners.intents.fees import FeeOutcome
from passport.actions.accept_english_name import accept_english_name
from passport.actions.accept_pledge import accept_pledge
from passport.actions.choose_address import choose_address
from passport.actions.open_application import open_application
from passport.actions.prepare import amendable
from passport.actions.reserve import reserve
from passport.actions.review import review
from passport.actions.settle_fee import settle_fee
from passport.domain import photo
from passport.domain.pledges import pledges_in_force
from passport.domain.requirements import PHOTO
from passport.models import Photo
from passport.queries import KINDS, facts_about_holder, kept_facts
from passport.settings import PassportSettings
from passport.wiring import create_service

BY_ACTIONS = 24
YEARS = 5
ORDINARY = "900"


@dataclass
class Portrait:
    """A portrait as the product would keep it."""

    content: str
    digest: str


class Loader:
    """Prepares one person after another."""

    def __init__(self, service: Any) -> None:
        self.service = service
        self.portrait = _portrait(service)

    async def prepare(self, person: str) -> UUID | None:
        """A draft that only needs to be submitted; None for a person who may not renew by themselves."""
        principal = Principal(person, "person", "bench", "portal")
        answers = {kind: await BODIES[kind](self.service, person) for kind in KINDS}
        now = self.service.clock.now()
        try:
            async with self.service.database.transaction(principal.sight, now=now) as session:
                for kind, answer in answers.items():
                    value, source = answer.model_dump(mode="json"), kind.split(".")[0]
                    await facts.keep(session, person, kind, value, source=source, reference=answer.reference, now=now)
                opened = await open_application(
                    self.service, session, principal, person=person, validity_years=YEARS, language="ar"
                )
                await self._fill_in(session, principal, opened.id)
                await reserve(self.service, session, principal, opened.id)
                await self._reserved(session, opened)
        except RequirementsMissing:
            return None
        return opened.id

    async def _fill_in(self, session: Any, principal: Principal, case: UUID) -> None:
        service, told = (
            self.service,
            facts_about_holder(self.service, await kept_facts(session, self.service, principal.subject)),
        )
        application = await amendable(service, session, principal, case)
        session.add(
            Photo(
                application_id=case,
                person=application.person,
                content=self.portrait.content,
                digest=self.portrait.digest,
                uploaded_at=service.clock.now(),
            )
        )
        application.photo_digest = self.portrait.digest
        application.amended()
        await accept_english_name(
            service, session, principal, case, given_names=told.holder.given_en, family_name=told.holder.family_en
        )
        await choose_address(service, session, principal, case, told.addresses[0])
        for pledge in pledges_in_force(service.rules()):
            await accept_pledge(service, session, principal, case, pledge.name, version=pledge.version, language="ar")
        await review(service, session, principal, case)

    async def _reserved(self, session: Any, application: Any) -> None:
        await session.flush()
        await session.execute(
            sa.update(IntentRow)
            .where(IntentRow.kind == "fee.reserve", IntentRow.body["case"].astext == str(application.id))
            .values(state="done", attempts=1, fence=1, settled_at=sa.func.clock_timestamp())
            .execution_options(synchronize_session=False)
        )
        amount, attempt = application.fee_minor, application.fee_attempt
        await settle_fee(self.service, session, FeeOutcome(application.id, attempt, "reserve", True, amount))


def people() -> Iterator[str]:
    """Ordinary people of age, computed from their number; nobody's."""
    for block in range(1, 9_999):
        yield testing.magic(ORDINARY, block=block)


async def prepared(count: int, passport_dsn: str, partners_dsn: str, secrets: Path) -> dict[str, UUID]:
    """So many people's drafts, by the product's actions."""
    clock = Clock(sandbox=True)
    bodies = await testing.open_bodies(partners_dsn, clock)
    urls = {f"{name}_url": bodies.simulators.url(name) for name in ("registry", "dues", "payments", "printing", "post")}
    settings = PassportSettings(environment="test", database_url=passport_dsn, secrets_dir=secrets, **urls)
    service = create_service(settings, clock)
    loader, made = Loader(service), dict[str, UUID]()
    for person in people():
        if (case := await loader.prepare(person)) is not None:
            made[person] = case
        if len(made) == count:
            break
    await service.close()
    await bodies.close()
    return made


async def main(count: int, passport_dsn: str, partners_dsn: str, admin_dsn: str, secrets: Path) -> list[str]:
    """Prepare so many drafts; a line for each."""
    made = await prepared(BY_ACTIONS, passport_dsn, partners_dsn, secrets)
    lines = [f"{person} {case}" for person, case in made.items()]
    others = [person for person in islice(people(), count + len(made) * 2) if person not in made][: count - len(made)]
    admin = await asyncpg.connect(admin_dsn)
    for case, some in zip(made.values(), chunks(others, len(made)), strict=True):
        lines += [f"{person} {copied}" for person, copied in await copy(admin, case, some)]
    await admin.execute("analyze")
    await admin.close()
    return lines


def _portrait(service: Any) -> Portrait:
    spec = importlib.util.spec_from_file_location("portraits", ROOT / "svc-passport" / "tests" / "portraits.py")
    assert spec is not None
    assert spec.loader is not None
    portraits = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(portraits)
    data, limits = portraits.saved(portraits.drawn()), photo.Limits.of(service.rules().table(PHOTO))
    flaws = photo.examine(data, limits)
    if flaws:
        raise RuntimeError(f"the drawn portrait is not accepted: {flaws}")
    cleaned = photo.clean(data, limits)
    return Portrait(base64.b64encode(cleaned).decode(), hashlib.sha256(cleaned).hexdigest())


if __name__ == "__main__":
    told = asyncio.run(main(int(sys.argv[1]), *sys.argv[2:5], Path(sys.argv[5])))
    Path(sys.argv[6]).write_text("\n".join(told))
