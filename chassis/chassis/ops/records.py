"""Opening one record by its exact name, for a stated reason: no search, no list, and a supervisor sees it."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from starlette.responses import Response

from chassis.audit.reasons import StatedReason, reason_stands, state_reason
from chassis.ops.blocks import Button, Field
from chassis.ops.desk import Desk, FieldNotValid
from chassis.refusals import Forbidden
from contracts.looking import LookReason

if TYPE_CHECKING:
    from chassis.ops.kit import OpsKit

PATH = "/records"
LONGEST_NAME = 40


@dataclass(frozen=True)
class Record:
    """Something of one person's that can be opened: what it is called, and where its page is."""

    person: str
    id: UUID
    reference: str
    path: str


Find = Callable[[Desk, str], Awaitable[Record]]


class ReasonToState(Forbidden):
    """No case leads this member of staff to the record, and no reason for it is in force."""

    slug = "reason-to-state"


def add_records(kit: "OpsKit", roles: Collection[str], find: Find) -> None:
    """Put the form into the ops door. `find` gets the name as typed and raises NotFound."""
    kit.tab(PATH, "ops.look.open", roles)

    @kit.router.get(PATH, name="ops_records")
    async def show_form(desk: Desk = kit.seeing(roles)) -> Response:
        name = Field("name", desk.say("ops.reference"), ltr=True)
        form = Button(desk.url(f"{PATH}/open"), desk.say("ops.look.open"), fields=[name, *reason_fields(desk)])
        return desk.list_page(desk.say("ops.look.title"), [], [], lead=desk.say("ops.look.lead"), buttons=[form])

    @kit.router.post(f"{PATH}/open", name="ops_open_record")
    async def open_record(desk: Desk = kit.acting(roles)) -> Response:
        reason = reason_of(desk)
        record = await find(desk, desk.field("name")[:LONGEST_NAME].upper())
        await open_for(desk, record, reason)
        return desk.back(record.path)


def reason_fields(desk: Desk) -> list[Field]:
    """What is asked of whoever opens a record no case led to."""
    kinds = {str(kind): desk.say(f"purpose.reason-{kind}") for kind in LookReason}
    return [
        Field("kind", desk.say("ops.look.reason-kind"), choices=kinds),
        Field("reason", desk.say("ops.look.words"), long=True),
        Field("came_from", desk.say("ops.look.came-from"), required=False, ltr=True),
    ]


def reason_of(desk: Desk) -> StatedReason:
    """The reason a form states. Raises ReasonNeeded or FieldNotValid."""
    try:
        kind = LookReason(desk.field("kind"))
    except ValueError:
        raise FieldNotValid(field="kind") from None
    return StatedReason(kind, desk.reason(), desk.field("came_from")[:LONGEST_NAME] or None)


async def open_for(desk: Desk, record: Record, reason: StatedReason) -> None:
    """Open the record to whoever stated the reason. One's own is opened in the portal, like everybody's."""
    if record.person == desk.principal.subject:
        raise Forbidden("record-is-own")
    await state_reason(
        desk.kit.service,
        desk.session,
        desk.principal,
        reason,
        standing=desk.standing,
        person=record.person,
        object_id=record.id,
        object_=record.reference,
    )


async def require_reason(desk: Desk, object_id: UUID) -> None:
    """Raises ReasonToState unless a reason for this object is in force."""
    if not await reason_stands(desk.session, desk.principal, object_id, desk.kit.service.clock.now()):
        raise ReasonToState
