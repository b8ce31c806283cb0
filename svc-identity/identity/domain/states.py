"""What people read of an account's status: one word of the request states each, in one table."""

from identity.domain.account import Status

STATE = {
    Status.REGISTERED: "sent",
    Status.ACTIVE: "completed",
    Status.SUSPENDED: "refused",
    Status.LAPSED: "expired",
}
