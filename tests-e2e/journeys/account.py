"""J1: somebody opens an account, a clerk activates it at an office, they sign in, refresh and sign out."""

from __future__ import annotations

from journeys.caller import Caller, SignInFailed
from journeys.outside import numbered
from journeys.world import World

NUMBER = numbered("100039000")  # head of a model household that no seed uses
MOBILE = "+966557390001"
EMAIL = "head.of.household@example.org"
A_MINUTE = 60.0
PASSWORD = "Sahara-2026-wind"


async def play(world: World) -> None:
    tell, outside = world.teller, world.outside
    tell.journey("J1", "حساب جديد: تسجيل وتفعيل ودخول", "A new account: registered, activated, signed in")
    visitor = Caller(world.gateway)
    await _refusals(world, visitor)
    before = len(await outside.texts(MOBILE))
    answer = await visitor.call(
        "POST", "/v1/accounts", {"number": NUMBER, "mobile": "٠٥٥٧٣٩٠٠٠١", "email": EMAIL, "language": "ar"}
    )
    tell.equal(answer.status_code, 202, "a registration is accepted, the mobile written in Arabic-Indic digits")
    registration = answer.json()["registration"]
    code = await outside.code(MOBILE, before)
    tell.step("وصل رمز التأكيد إلى الجوال", "The code arrived on the telephone")
    confirmed = await visitor.call(
        "POST", "/v1/accounts/confirmations", {"registration": registration, "code": code, "password": PASSWORD}
    )
    tell.check(confirmed.status_code in (200, 201), "the right code and a good password register the account")
    try:
        await world.signed_in(NUMBER, PASSWORD, MOBILE)
        tell.check(False, "an account that was never activated lets nobody in")
    except (SignInFailed, TimeoutError):
        tell.check(True, "an account that was never activated lets nobody in")
    await _activate(world)
    await outside.move_clock(A_MINUTE)
    person = await world.signed_in(NUMBER, PASSWORD, MOBILE)
    tell.step("دخلت بكلمة المرور ورمز الجوال", "Signed in with the password and the code by SMS")
    me = await person.get("/v1/me")
    tell.equal(me["status"], "active", "the account is active")
    old = person.tokens["refresh_token"]
    await person.refresh()
    tell.check(person.tokens["refresh_token"] != old, "a refresh gives a new refresh token")
    tell.equal((await person.call("GET", "/v1/me")).status_code, 200, "the new access token works")
    await _sign_out(world, person)
    world.callers["J1"] = await world.signed_in(NUMBER, PASSWORD, MOBILE)


async def _refusals(world: World, visitor: Caller) -> None:
    wrong = await visitor.call("POST", "/v1/accounts", {"number": "1000000009", "mobile": MOBILE})
    world.teller.equal(wrong.status_code, 422, "a number with a wrong check digit is refused")
    body = wrong.json()
    world.teller.check(
        "1000000009" not in wrong.text and set(body["texts"]) == {"ar", "en"},
        "the refusal speaks two languages and echoes no number",
    )


async def _activate(world: World) -> None:
    tell = world.teller
    clerk = await world.staff("clerk")
    document = await world.outside.person(NUMBER)
    found = await clerk.until_posted("/v1/activations/find", {"number": NUMBER}, lambda v: v["requirements"])
    activated = await clerk.post(
        f"/v1/activations/{found['id']}/activate",
        {"document": {"number": NUMBER, "expires_on": document["id_expires_on"]}, "mobile": MOBILE},
    )
    tell.equal(activated["status"], "active", "a clerk at an office compared the document and activated the account")
    again = await clerk.call(
        "POST",
        f"/v1/activations/{found['id']}/activate",
        {"document": {"number": NUMBER, "expires_on": document["id_expires_on"]}, "mobile": MOBILE},
    )
    tell.check(again.status_code in (403, 409), "the same clerk does not bind the same account twice")


async def _sign_out(world: World, person: Caller) -> None:
    tell = world.teller
    out = await person.sign_out()
    tell.equal(out.status_code, 200, "the sign-out page signs out")
    try:
        await person.refresh()
        tell.check(False, "after signing out the refresh token is worth nothing")
    except SignInFailed:
        tell.check(True, "after signing out the refresh token is worth nothing")
    await person.close()
    await world.outside.move_clock(A_MINUTE)  # a telephone gets one code in half a minute
