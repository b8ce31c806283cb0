"""Why a signed scan of the carrier can be left for somebody to look at."""

from enum import StrEnum


class Parked(StrEnum):
    """Reasons; their words for the desk are in `texts/ops.toml`."""

    ENVELOPE_UNKNOWN = "envelope-unknown"
    NOT_HANDED_OVER = "not-handed-over"
    JOURNEY_ENDED = "journey-ended"
    SCANNED_IN_THE_FUTURE = "scanned-in-the-future"
    NO_OLD_DOCUMENT = "no-old-document-on-its-way"
    OLD_DOCUMENT_DIFFERS = "old-document-differs"
    OTHER_OFFICE = "other-office"
    MESSAGE_ID_REUSED = "message-id-reused"
