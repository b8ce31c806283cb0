"""The sample's ops section: a list, a case, an act out of rule."""

from functools import partial
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.responses import Response

from chassis import audit
from chassis.audit.guard import nothing_personal
from chassis.authority import find
from chassis.database import Session
from chassis.http.client import HttpClient
from chassis.ops import Card, Cell, Desk, OpsKit, Row
from chassis.paging import CursorParam, page_of
from chassis.wiring import Service
from sample.papers import PAPER, Action, Paper, PaperFacts, Status

OPERATORS, REVIEWERS = ("operator",), ("reviewer",)


async def count(service: Service, session: Session) -> Card:
    return Card("ops.sample.count", await session.scalar(sa.select(sa.func.count()).select_from(Paper)))


async def broken(session: Session) -> Card:
    return Card("ops.sample.broken", await session.scalar(sa.text("select 1/0")))


def create_ops(service: Service, identity: HttpClient | None = None, gateway: HttpClient | None = None) -> APIRouter:
    kit = OpsKit(
        service,
        operators=OPERATORS,
        staff=REVIEWERS,
        cards=[partial(count, service), broken],
        identity=identity,
        gateway=gateway,
    )
    kit.tab("/papers", "ops.sample.papers", REVIEWERS)

    @kit.router.get("/papers")
    async def show_papers(desk: Desk = kit.seeing(REVIEWERS), cursor: CursorParam = None) -> Response:
        rows, following = await page_of(desk.session, sa.select(Paper), Paper.id, cursor=cursor, limit=2)
        nothing_personal(desk.session, rows)
        return desk.list_page(
            desk.say("ops.sample.papers"),
            [desk.say("ops.reference"), desk.say("ops.since")],
            [
                Row([Cell(row.reference, "code"), Cell(row.opened_at, "instant")], link=desk.url(f"/papers/{row.id}"))
                for row in rows
            ],
            following=following,
        )

    @kit.router.get("/papers/{paper_id}")
    async def show_paper(paper_id: UUID, desk: Desk = kit.seeing(REVIEWERS)) -> Response:
        paper = await find(desk.session, sa.select(Paper).where(Paper.id == paper_id))
        audit.look(
            desk.session,
            service,
            desk.principal,
            standing=desk.standing,
            person=paper.person,
            object_=paper.reference,
            purpose="assigned-case",
        )
        facts = PaperFacts(paper.title, service.rules())
        open_actions = PAPER.open_actions(Status(paper.status), {"system"}, facts)
        return desk.case_page(
            paper.reference,
            [(desk.say("ops.about"), Cell(paper.title))],
            buttons=desk.buttons(
                open_actions, f"/papers/{paper_id}", labels="action.", fields={"tear": [desk.reason_field()]}
            ),
        )

    @kit.router.post("/papers/{paper_id}/tear")
    async def tear(paper_id: UUID, desk: Desk = kit.acting(REVIEWERS)) -> Response:
        reason = desk.reason()
        paper = await find(desk.session, sa.select(Paper).where(Paper.id == paper_id).with_for_update())
        facts = PaperFacts(paper.title, service.rules())
        paper.move(
            desk.session, Action.TEAR, by="system", actor=desk.principal.subject, facts=facts, now=service.clock.now()
        )
        audit.act(
            desk.session,
            service,
            desk.principal,
            standing=desk.standing,
            person=paper.person,
            action="paper.tear",
            object_=paper.reference,
            reason=reason,
        )
        return desk.back("/papers", "ops.done.sample.tear")

    return kit.mounted()
