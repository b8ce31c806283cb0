"""What goes out and comes in at the door of notify."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.calendar import FIRST_DAY, LAST_DAY, to_hijri
from chassis.catalogue import Texts
from chassis.clock import civil_day
from notify.domain.notice import Channel, NoticeStatus
from notify.domain.states import STATE_OF_STATUS
from notify.domain.telling import TABLE, Kind, is_mutable
from notify.models import Notice


class SendingView(BaseModel):
    """How the same message went by SMS or e-mail."""

    channel: Channel
    status: NoticeStatus
    state: str
    state_texts: dict[str, str]
    sent_at: datetime | None
    delivered_at: datetime | None


class NoticeView(BaseModel):
    """One message of the inbox, with the very words of the SMS."""

    id: UUID
    reference: str
    kind: Kind
    kind_texts: dict[str, str]
    critical: bool
    standing: str
    title: dict[str, str]
    texts: dict[str, str]
    told_at: datetime
    told_on_hijri: str | None
    read_at: datetime | None
    sendings: list[SendingView]


class ChoiceView(BaseModel):
    """One channel of one kind: whether it is on, whether it can be muted, and what comes by it all the same."""

    kind: Kind
    channel: Channel
    kind_texts: dict[str, str]
    channel_texts: dict[str, str]
    is_on: bool
    can_be_muted: bool
    always_told: list[dict[str, str]]


class PreferencesView(BaseModel):
    choices: list[ChoiceView]


class Muted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Kind
    channel: Channel


class PreferencesChanges(BaseModel):
    """Everything the person does not want; what is not named is on."""

    model_config = ConfigDict(extra="forbid")

    muted: list[Muted]


class ChannelFiguresView(BaseModel):
    """One channel over the last ten minutes of business time; shares are percent."""

    model_config = ConfigDict(from_attributes=True)

    channel: Channel
    sent_per_minute: float
    delivered_share: float | None
    delivered_p95_s: float | None
    failures: dict[str, int]
    muted_share: float | None
    waiting: int
    oldest_waiting_s: float | None


class FiguresView(BaseModel):
    channels: list[ChannelFiguresView]


class DeadNoticeView(BaseModel):
    """A notice as operators see it: nothing of its words or its recipient."""

    id: UUID
    reference: str
    kind: Kind
    channel: Channel
    status: NoticeStatus
    attempts: int
    error: str | None
    opened_at: datetime
    moved_at: datetime


class NewRevival(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=5, max_length=500)


def dead_notice_view(notice: Notice) -> DeadNoticeView:
    """A notice without its words and its recipient."""
    return DeadNoticeView(
        id=notice.id,
        reference=notice.reference,
        kind=Kind(notice.kind),
        channel=Channel(notice.channel),
        status=NoticeStatus(notice.status),
        attempts=notice.attempts,
        error=notice.error,
        opened_at=notice.opened_at,
        moved_at=notice.moved_at,
    )


def notice_view(notice: Notice, sendings: list[Notice], texts: Texts) -> NoticeView:
    """A message as its recipient sees it."""
    return NoticeView(
        id=notice.id,
        reference=notice.reference,
        kind=Kind(notice.kind),
        kind_texts=texts.both(f"kind.{notice.kind}"),
        critical=notice.critical,
        standing=notice.standing,
        title=notice.title,
        texts=notice.texts,
        told_at=notice.opened_at,
        told_on_hijri=_hijri(civil_day(notice.opened_at)),
        read_at=notice.read_at,
        sendings=[_sending_view(each, texts) for each in sorted(sendings, key=lambda each: each.channel)],
    )


def _sending_view(notice: Notice, texts: Texts) -> SendingView:
    status = NoticeStatus(notice.status)
    state = STATE_OF_STATUS[status]
    return SendingView(
        channel=Channel(notice.channel),
        status=status,
        state=state,
        state_texts=texts.both(f"state.{state}"),
        sent_at=notice.sent_at,
        delivered_at=notice.delivered_at,
    )


def preferences_view(muted: Mapping[str, list[str]], offered: Mapping[str, list[str]], texts: Texts) -> PreferencesView:
    """Every channel of every kind, as it stands for a person."""
    return PreferencesView(
        choices=[
            ChoiceView(
                kind=kind,
                channel=channel,
                kind_texts=texts.both(f"kind.{kind}"),
                channel_texts=texts.both(f"channel.{channel}"),
                is_on=channel not in muted.get(kind, []),
                can_be_muted=channel is not Channel.INBOX and is_mutable(kind),
                always_told=[texts.both(rule.text, "title") for rule in TABLE if rule.kind is kind and rule.critical],
            )
            for kind in Kind
            for channel in map(Channel, offered[kind])
        ]
    )


def _hijri(day: date) -> str | None:
    return str(to_hijri(day)) if FIRST_DAY <= day <= LAST_DAY else None
