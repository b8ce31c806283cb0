"""The word a person reads for each status of a notice: the one table, and a text `state.<word>` for each."""

from notify.domain.notice import NoticeStatus

STATE_OF_STATUS = {
    NoticeStatus.SELECTED: "waiting_for_contact",
    NoticeStatus.MUTED: "muted",
    NoticeStatus.QUEUED: "being_sent",
    NoticeStatus.SENT: "sent",
    NoticeStatus.DELIVERED: "delivered",
    NoticeStatus.FAILED: "being_sent",
    NoticeStatus.LAPSED: "not_sent",
    NoticeStatus.DEAD: "not_sent",
}
