"""What is heard of relations decides at once who sees what."""

import uuid
from datetime import timedelta

from residency_desk import VISAS, household

from contracts.events_identity import RelationChanged


async def test_an_employer_is_one_from_the_event_that_says_so_until_the_event_that_ends_it(desk):
    employer, worker = household()
    now, relation = desk.service.clock.now(), uuid.uuid4()
    said = RelationChanged(
        relation_id=relation, relation="sponsor", subject=employer, object=worker, starts_at=now - timedelta(days=1)
    )
    question = {"person": worker}
    await desk.refused("POST", f"{VISAS}/eligibility", employer, 404, "not-found", json=question)
    await desk.hears(said, 1)
    await desk.ok("POST", f"{VISAS}/eligibility", employer, json=question)
    await desk.hears(said.model_copy(update={"ends_at": desk.service.clock.now()}), 2)
    await desk.refused("POST", f"{VISAS}/eligibility", employer, 404, "not-found", json=question)


async def test_an_older_event_that_arrives_late_opens_nothing_again(desk):
    employer, worker = household()
    now, relation = desk.service.clock.now(), uuid.uuid4()
    said = RelationChanged(
        relation_id=relation, relation="sponsor", subject=employer, object=worker, starts_at=now - timedelta(days=1)
    )
    await desk.hears(said.model_copy(update={"ends_at": now}), 2)
    await desk.hears(said, 1)
    await desk.refused("POST", f"{VISAS}/eligibility", employer, 404, "not-found", json={"person": worker})
