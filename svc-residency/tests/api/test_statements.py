"""How many statements a request costs: bounded, and the same for one row as for many."""

import asyncio
from contextlib import contextmanager

import sqlalchemy as sa
from residency_desk import RENEWALS, VISAS, household


@contextmanager
def counted(desk):
    """Statements of what is asked meanwhile; the worker's own are said by other tasks."""
    seen, mine = [], asyncio.current_task()

    def note(connection, cursor, statement, parameters, context, executemany):
        if asyncio.current_task() is mine:
            seen.append(statement)

    engine = desk.service.database.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def reads(seen):
    """What a list reads: its rows, through what they are seen, and which looks were told already."""
    tables = ("exit_reentry_visas", "relations", "looks")
    return [each for each in seen if each.startswith("SELECT") and any(f"FROM {name}" in each for name in tables)]


async def quiet(desk, place, who, status):
    await desk.until(place, who, status)


async def test_a_list_costs_the_same_for_one_visa_as_for_many(desk):
    employer, worker = household()
    await desk.employ(employer, worker)
    await desk.requested(employer, worker)
    with counted(desk) as one:
        await desk.ok("GET", VISAS, employer)
    for _ in range(5):
        await desk.requested(employer, worker)
    with counted(desk) as many:
        answer = await desk.ok("GET", VISAS, employer)
    assert len(answer["items"]) == 6
    # Two of them read; the others write down, within the limits on looking, that another's record was seen, and tell it.
    assert len(reads(many)) == len(reads(one)) <= 4


async def test_a_page_of_visas_is_followed_to_its_end(desk):
    employer, worker = household()
    await desk.employ(employer, worker)
    made = [(await desk.requested(employer, worker)).rsplit("/", 1)[1] for _ in range(5)]
    first = await desk.ok("GET", f"{VISAS}?limit=2", employer)
    second = await desk.ok("GET", f"{VISAS}?limit=2&cursor={first['next']}", employer)
    third = await desk.ok("GET", f"{VISAS}?limit=2&cursor={second['next']}", employer)
    listed = [each["id"] for page in (first, second, third) for each in page["items"]]
    assert listed == made[::-1]
    assert third["next"] is None
    await desk.refused("GET", f"{VISAS}?cursor=no", employer, 422, "cursor-unknown")


async def test_each_act_costs_a_bounded_number_of_statements(desk):
    employer, worker = household()
    await desk.employ(employer, worker)
    place = await desk.requested(employer, worker)
    fee = (await desk.ok("GET", place, employer))["fee"]
    await desk.bodies.deposit(worker, fee["service_code"], fee["amount_minor"])
    costs = {}
    with counted(desk) as seen:
        await desk.ok("GET", place, employer)
    costs["read"] = len(seen)
    with counted(desk) as seen:
        await desk.call("POST", f"{place}/reserve", employer)
    costs["reserve"] = len(seen)
    await desk.until(place, employer, "fee_reserved")
    with counted(desk) as seen:
        await desk.call("POST", f"{place}/issue", employer)
    costs["issue"] = len(seen)
    await desk.until(place, employer, "issued")
    renewal = await desk.renewal_paid(employer, worker)
    with counted(desk) as seen:
        await desk.call("POST", f"{renewal}/submit", employer)
    costs["submit"] = len(seen)
    assert costs["read"] <= 11, costs
    assert costs["reserve"] <= 18, costs
    assert costs["issue"] <= 22, costs
    assert costs["submit"] <= 20, costs
    assert renewal.startswith(RENEWALS)
