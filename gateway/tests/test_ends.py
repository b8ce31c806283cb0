"""What identity has ended is refused at the door within a second or two; an identity that is away stops nobody."""

import asyncio
import time

ROUTE = "/v1/me"
QUICK = "[ends]\nevery = 0.05\n"
NOTHING = {"ended": [], "stopped": {}, "after": "2.b", "more": False}


async def until(front, bearer, status, patience=60.0):
    """Ask until the answer has this status."""
    stop = time.monotonic() + patience
    while (answer := await front.ask("GET", ROUTE, [bearer])).status != status:
        assert time.monotonic() < stop, answer.status
        await asyncio.sleep(0.02)
    return answer


async def test_what_identity_says_has_ended_is_refused_and_nothing_else(workshop, mint):
    identity, address = await workshop.service("identity", [])
    front = await workshop.front({"identity": address}, QUICK)
    issued = int(time.time())
    tokens = {
        "session": mint.bearer(sid="s-1"),
        "family": mint.bearer(sid="s-2", family="f-1"),
        "stopped": mint.bearer(sid="s-3", sub="a-1", iat=issued - 5),
        "stopped actor": mint.bearer(sid="s-4", sub="a-2", act={"sub": "a-1"}, iat=issued - 5),
        "other": mint.bearer(sid="s-5"),
    }
    for each in tokens.values():
        assert (await front.ask("GET", ROUTE, [each])).status == 200
    identity.ends = [
        {"ended": ["s-1"], "stopped": {}, "after": "1.a", "more": True},
        {"ended": ["f-1"], "stopped": {"a-1": issued - 1.5}, "after": "2.b", "more": False},
        NOTHING,
    ]
    for name in ("session", "family", "stopped", "stopped actor"):
        assert (await until(front, tokens[name], 401)).slug == "token-refused", name
    assert (await front.ask("GET", ROUTE, [tokens["other"]])).status == 200
    # Tokens never seen before are no better; an account that was opened again gets in with new ones.
    assert (await front.ask("GET", ROUTE, [mint.bearer(sid="s-1", jti="2")])).status == 401
    assert (await front.ask("GET", ROUTE, [mint.bearer(sid="s-6", sub="a-1", iat=issued - 3)])).status == 401
    assert (await front.ask("GET", ROUTE, [mint.bearer(sid="s-7", sub="a-1", iat=issued)])).status == 200
    assert identity.ends_asked[0] == ""
    async with asyncio.timeout(60):
        while "after=2.b" not in identity.ends_asked:  # noqa: ASYNC110 - the service behind tells nobody
            await asyncio.sleep(0.02)
    assert "after=1.a" in identity.ends_asked


async def test_an_identity_that_does_not_say_stops_no_traffic_and_is_noticed(workshop, mint):
    identity, address = await workshop.service("identity", [])
    front = await workshop.front({"identity": address}, QUICK)
    bearer = mint.bearer()
    assert (await front.ask("GET", ROUTE, [bearer])).status == 200
    for silence in ({}, {"ended": "all", "stopped": {}}, ["s-1"]):
        identity.ends, failures = [silence], front.gateway.ends.failures
        async with asyncio.timeout(60):
            while front.gateway.ends.failures < failures + 2:  # noqa: ASYNC110 - nor does this one
                await asyncio.sleep(0.02)
        assert (await front.ask("GET", ROUTE, [bearer])).status == 200
    figures = front.gateway.figures.render().decode()
    assert "gateway_ends_failures" in figures
    assert front.gateway.ends.age > 0.05
    identity.ends = [{**NOTHING, "ended": ["session-1"]}]
    await until(front, bearer, 401)


async def test_a_token_for_identitys_own_doors_passes_there_and_nowhere_else(workshop, mint):
    seen = []
    _, address = await workshop.service("identity", seen)
    front = await workshop.front({"identity": address})
    theirs = mint.bearer(aud="http://localhost:8080")
    assert (await front.ask("GET", "/oauth/userinfo", [theirs])).status == 200
    assert ["authorization", theirs[1]] in seen[-1]["headers"]
    assert (await front.ask("GET", ROUTE, [theirs])).status == 401
    assert (await front.ask("GET", "/v1/accounts", [theirs])).status == 401
