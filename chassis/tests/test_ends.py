"""A service refuses by itself what identity says has ended; an identity that does not say stops nobody."""

import time
from typing import Any

import httpx2
import pytest
from sample.papers import create_api

from chassis.clock import machine_now
from chassis.ended import Ended, Told
from chassis.http import ends as polling
from chassis.http.app import wrapped
from chassis.http.client import Unreachable
from chassis.http.ends import Ends, NotTold
from chassis.http.tokens import LONGEST_LIFE_S, TokenVerifier
from chassis.refusals import Unauthenticated
from chassis.testing.fixtures import eventually
from chassis.testing.tokens import ISSUER

ME, SESSION = "1000000008", "22222222-2222-7222-8222-222222222222"


class Teller:
    """Identity, as these tests want it: one answer after the other, then the last one for ever."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, after: str) -> Any:
        self.asked.append(after)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def told(*ended: str, more: bool = False, after: str = "a", **stopped: float) -> dict[str, Any]:
    return {"ended": list(ended), "stopped": stopped, "after": after, "more": more}


def verifier(mint: Any, teller: Teller) -> TokenVerifier:
    async def keys() -> dict[str, Any]:
        return {"keys": [mint.key.as_dict(private=False)]}

    return TokenVerifier(ISSUER, keys, Ends(teller, LONGEST_LIFE_S))


async def test_what_has_ended_is_refused_remembered_or_not_and_nothing_else(mint: Any) -> None:
    issued = int(time.time())
    tokens = {
        "session": mint.token(ME, sid="s-1"),
        "family": mint.token(ME, sid="s-2", family="f-1"),
        "stopped": mint.token(ME, sid="s-3", sub="a-1", iat=issued - 5),
        "actor": mint.token(ME, sid="s-4", sub="a-2", act={"sub": "a-1"}, iat=issued - 5),
        "other": mint.token(ME, sid="s-5"),
    }
    teller = Teller(told("s-1", more=True, after="1"), told("f-1", after="2", **{"a-1": issued - 1.5}), told(after="2"))
    good = verifier(mint, teller)
    for each in tokens.values():
        assert (await good.principal(each)).subject == ME
    assert good.ends is not None
    assert good.ends.age == float("inf")
    assert [await good.ends.hear() for _ in range(3)] == [True, False, False]
    assert (teller.asked, good.ends.age < 60) == (["", "1", "2"], True)
    for name in ("session", "family", "stopped", "actor"):
        with pytest.raises(Unauthenticated):
            await good.principal(tokens[name])
    assert (await good.principal(tokens["other"])).session_id == "s-5"
    with pytest.raises(Unauthenticated):  # never seen before, and no better
        await good.principal(mint.token(ME, sid="s-1", jti="2"))
    opened_again = mint.token(ME, sid="s-6", sub="a-1", iat=issued)
    assert (await good.principal(opened_again)).session_id == "s-6"


async def test_no_answer_changes_nothing(mint: Any) -> None:
    silences = [Unreachable("identity", "away"), None, [], {"ended": "all", "stopped": {}}, ConnectionRefusedError()]
    good = verifier(mint, Teller(told("s-1"), *silences, told("s-2")))
    assert good.ends is not None
    await good.ends.hear()
    for _ in silences:
        with pytest.raises(NotTold):
            await good.ends.hear()
    with pytest.raises(Unauthenticated):
        await good.principal(mint.token(ME, sid="s-1"))
    assert (await good.principal(mint.token(ME, sid="s-2"))).subject == ME
    await good.ends.hear()
    with pytest.raises(Unauthenticated):
        await good.principal(mint.token(ME, sid="s-2"))


def test_what_no_token_can_name_any_more_is_forgotten() -> None:
    memory, now = Ended(900), 1_000_000.0
    assert memory.take(["s-1"], {"a-1": now}, now)
    assert not memory.take(["s-1"], {"a-1": now - 1}, now + 1), "nothing of it is new"
    assert memory.is_over(["s-1"], now + 800)
    assert memory.is_over(["a-1"], now)
    assert not memory.is_over(["a-1"], now + 1)
    assert memory.take(["s-2"], {}, now + 901)
    assert not memory.is_over(["s-1", "a-1"], now)
    assert Told.read(told("s", a=1)).stopped == {"a": 1.0}


async def test_a_service_hears_of_it_for_as_long_as_it_serves(
    service: Any, mint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "EVERY_S", 0.01)
    teller = Teller(Unreachable("identity", "away"))
    app = create_api(service, verifier(mint, teller))
    headers = mint.bearer(ME, sid=SESSION, sub="a-1")
    transport = httpx2.ASGITransport(app=wrapped(app), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as web:

        async def status() -> int:
            return (await web.get("/v1/papers", headers=headers)).status_code

        async def refused() -> bool:
            return await status() == 401

        async with app.router.lifespan_context(app):

            async def asked_often() -> bool:
                return len(teller.asked) > 3

            await eventually(asked_often)
            assert await status() == 200, "one's own record does not depend on identity"
            assert "ends_age_seconds +Inf" in (await web.get("/metrics")).text
            teller.answers = [told(**{"a-1": machine_now().timestamp() + 1})]
            await eventually(refused)
        stopped_at = len(teller.asked)
        assert (await web.get("/v1/papers", headers=headers)).json()["slug"] == "token-refused"
        assert len(teller.asked) == stopped_at
