"""Every status × action × actor: what the list of moves allows happens, everything else is refused."""

from itertools import product

import pytest

from chassis.lifecycle import MoveNotOpen, NotYourMove, RequirementsMissing
from contracts.authority import Actor
from notify.domain.notice import NOTICE, Action, NoticeStatus
from notify.domain.requirements import NoticeFacts

READY = NoticeFacts(has_contact=True, attempts_left=1)
ARROWS = {
    ("selected", "queue", "system"): "queued",
    ("selected", "mute", "system"): "muted",
    ("selected", "keep", "system"): "delivered",
    ("selected", "lapse", "system"): "lapsed",
    ("queued", "send", "system"): "sent",
    ("queued", "confirm", "system"): "delivered",
    ("sent", "confirm", "system"): "delivered",
    ("queued", "fail", "system"): "failed",
    ("sent", "fail", "system"): "failed",
    ("failed", "retry", "system"): "queued",
    ("failed", "give_up", "system"): "dead",
    ("dead", "revive", "operator"): "queued",
}


@pytest.mark.parametrize("status", NoticeStatus)
def test_only_listed_moves_are_open(status: NoticeStatus):
    for action, actor in product(Action, Actor):
        target = ARROWS.get((str(status), str(action), str(actor)))
        if target is not None:
            assert NOTICE.advance(status, action, actor, READY).target == target
            continue
        with pytest.raises((MoveNotOpen, NotYourMove)):
            NOTICE.advance(status, action, actor, READY)


@pytest.mark.parametrize(
    ("status", "action", "actor", "missing"),
    [
        (NoticeStatus.SELECTED, Action.QUEUE, Actor.SYSTEM, {"contact_is_known"}),
        (NoticeStatus.FAILED, Action.RETRY, Actor.SYSTEM, {"contact_is_known", "attempts_are_left"}),
        (NoticeStatus.DEAD, Action.REVIVE, Actor.OPERATOR, {"contact_is_known"}),
    ],
)
def test_what_is_missing_is_named(status: NoticeStatus, action: Action, actor: Actor, missing: set[str]):
    with pytest.raises(RequirementsMissing) as refused:
        NOTICE.advance(status, action, actor, NoticeFacts())
    assert {finding.requirement.name for finding in refused.value.findings} == missing
