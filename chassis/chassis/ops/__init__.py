"""The ops kit: one look, one sign-in and the same four pages for every service; a service adds its own sections.

What a kit brings by itself, under `/ops/<service>`: staff sign-in (code with PKCE, tokens in a sealed cookie, 15 minutes
idle, 8 hours at most), the overview (health in a sentence, the first four numbers, queues by age before length), dead
items by cause with retry and discard, search by any id, one item with its timeline.

A section of a service, whole (`svc-thing/thing/ops/__init__.py`):

    \"\"\"Reviewers' desk: what waits, one case, approve or refuse.\"\"\"

    def create_ops(service: Thing) -> APIRouter:
        kit = OpsKit(service, operators=OPERATORS, staff=REVIEWERS, cards=[partial(waiting, service)])
        kit.tab("/work-list", "ops.thing.work-list", REVIEWERS)

        @kit.router.get("/work-list")
        async def show_work_list(desk: Desk = kit.seeing(REVIEWERS), cursor: CursorParam = None) -> Response:
            rows, following = await page_of(desk.session, work_list(), Case.id, cursor=cursor, oldest_first=True)
            return desk.list_page(
                desk.say("ops.thing.work-list"),
                [desk.say("ops.reference"), desk.say("ops.since")],
                [Row([Cell(row.reference, "code"), Cell(row.opened_at, "instant")], link=desk.url(f"/cases/{row.id}"),
                     buttons=[Button(desk.url(f"/cases/{row.id}/take"), desk.say("ops.take"))]) for row in rows],
                following=following,
            )

        @kit.router.get("/cases/{case_id}")
        async def show_case(case_id: UUID, desk: Desk = kit.seeing(REVIEWERS)) -> Response:
            reading = await read_case(service, desk.session, desk.principal, case_id)   # logs the look
            return desk.case_page(
                reading.case.reference,
                [(desk.say("ops.thing.name"), Cell(reading.name))],
                steps=steps_of(reading.moves, {}),
                buttons=desk.buttons(reading.open_actions, f"/cases/{case_id}", labels="action.",
                                     fields={"refuse": [desk.reason_field()]}),
            )

        @kit.router.post("/cases/{case_id}/refuse")
        async def refuse_case(case_id: UUID, desk: Desk = kit.acting(REVIEWERS)) -> Response:
            await refuse(service, desk.session, desk.principal, case_id, desk.reason())
            return desk.back("/work-list", "ops.done.thing.refuse")

        return kit.mounted()

and in `app.py`: `create_app(service, [..., create_ops(service)], ...)`. Texts to add to the service's catalogue:
`ops.title.<service>`, the labels of tabs and cards, `ops.done.…` for what an act says afterwards. A page calls the same
actions as the API does; a refusal of theirs becomes a page by itself, with every missing requirement in words. Acts are
forms with a token of this browser and a key that makes a second press harmless; nothing needs a script.
"""

from chassis.ops.blocks import Button, Card, Cell, Field, Picture, Row, Step, steps_of
from chassis.ops.desk import Desk
from chassis.ops.kit import OpsKit

__all__ = ["Button", "Card", "Cell", "Desk", "Field", "OpsKit", "Picture", "Row", "Step", "steps_of"]
