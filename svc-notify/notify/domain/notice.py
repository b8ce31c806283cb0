"""One notice on its way to one person by one channel, from being selected to being delivered or given up."""

from enum import StrEnum

from chassis.lifecycle import Lifecycle, move
from contracts.authority import Actor
from notify.domain.requirements import NoticeFacts, attempts_are_left, contact_is_known


class Channel(StrEnum):
    """By which way a person is told. The inbox is the list of messages in the portal."""

    SMS = "sms"
    EMAIL = "email"
    INBOX = "inbox"


class NoticeStatus(StrEnum):
    SELECTED = "selected"
    MUTED = "muted"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    LAPSED = "lapsed"
    DEAD = "dead"


class Action(StrEnum):
    QUEUE = "queue"
    MUTE = "mute"
    KEEP = "keep"
    LAPSE = "lapse"
    SEND = "send"
    CONFIRM = "confirm"
    FAIL = "fail"
    RETRY = "retry"
    GIVE_UP = "give_up"
    REVIVE = "revive"


NOTICE: Lifecycle[NoticeStatus, Action, NoticeFacts] = Lifecycle(
    "notice",
    NoticeStatus,
    NoticeStatus.SELECTED,
    [
        move(Action.QUEUE, NoticeStatus.SELECTED, NoticeStatus.QUEUED, by=Actor.SYSTEM, needs=[contact_is_known]),
        move(Action.MUTE, NoticeStatus.SELECTED, NoticeStatus.MUTED, by=Actor.SYSTEM),
        move(Action.KEEP, NoticeStatus.SELECTED, NoticeStatus.DELIVERED, by=Actor.SYSTEM),
        move(Action.LAPSE, NoticeStatus.SELECTED, NoticeStatus.LAPSED, by=Actor.SYSTEM),
        move(Action.SEND, NoticeStatus.QUEUED, NoticeStatus.SENT, by=Actor.SYSTEM),
        # A receipt may come before the operator's answer to the sending has been taken in.
        move(Action.CONFIRM, [NoticeStatus.QUEUED, NoticeStatus.SENT], NoticeStatus.DELIVERED, by=Actor.SYSTEM),
        move(Action.FAIL, [NoticeStatus.QUEUED, NoticeStatus.SENT], NoticeStatus.FAILED, by=Actor.SYSTEM),
        move(
            Action.RETRY,
            NoticeStatus.FAILED,
            NoticeStatus.QUEUED,
            by=Actor.SYSTEM,
            needs=[contact_is_known, attempts_are_left],
        ),
        move(Action.GIVE_UP, NoticeStatus.FAILED, NoticeStatus.DEAD, by=Actor.SYSTEM),
        move(Action.REVIVE, NoticeStatus.DEAD, NoticeStatus.QUEUED, by=Actor.OPERATOR, needs=[contact_is_known]),
    ],
)
