"""The clerks' counter: a case and the old booklet that was brought or carried back; equal numbers activate the new one."""

from collections.abc import Collection

from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from chassis.ops import Button, Desk, Field, OpsKit
from chassis.refusals import Invalid
from contracts.values import PassportNumber
from passport.actions.activate import activate
from passport.wiring import Passport

_NUMBER: TypeAdapter[str] = TypeAdapter(PassportNumber)


def add(kit: OpsKit, service: Passport, clerks: Collection[str]) -> None:
    """Put the counter into the ops door."""
    kit.tab("/counter", "ops.passport.counter", clerks)

    @kit.router.get("/counter", name="ops_counter")
    async def show_counter(desk: Desk = kit.seeing(clerks)) -> Response:
        ask = Button(
            desk.url("/counter/activate"),
            desk.say("ops.passport.activate"),
            fields=[
                Field("reference", desk.say("ops.reference"), ltr=True),
                Field("old_booklet_number", desk.say("ops.passport.old-number"), ltr=True),
            ],
        )
        return desk.list_page(
            desk.say("ops.passport.counter"), [], [], lead=desk.say("ops.passport.counter.lead"), buttons=[ask]
        )

    @kit.router.post("/counter/activate", name="ops_activate")
    async def activate_booklet(desk: Desk = kit.acting(clerks)) -> Response:
        try:
            number = _NUMBER.validate_python(desk.field("old_booklet_number"))
        except ValidationError:
            raise Invalid("invalid") from None
        await activate(
            service,
            desk.session,
            desk.principal,
            reference=desk.field("reference").upper(),
            old_booklet_number=number,
        )
        return desk.back("/counter", "ops.done.passport.activate")
