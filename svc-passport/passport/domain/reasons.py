"""Why an application is returned or refused: slugs that events carry; the words are texts `reason.<slug>`."""

from enum import StrEnum


class ReturnReason(StrEnum):
    """What an officer may ask the applicant to mend."""

    PHOTO = "photo"
    ENGLISH_NAME = "english-name"
    DATA = "data"


class RefusalReason(StrEnum):
    """Why an officer may refuse."""

    IDENTITY_UNCLEAR = "identity-unclear"
    NOT_ENTITLED = "not-entitled"


class SystemReason(StrEnum):
    """Why a case came back without an officer."""

    REQUIREMENTS = "requirements"
    HOLDER_DECEASED = "holder-deceased"
    FEE_NOT_TAKEN = "fee-not-taken"
    PAYMENT_WAIT_OVER = "payment-wait-over"
    ANSWER_WAIT_OVER = "answer-wait-over"
    DRAFT_WAIT_OVER = "draft-wait-over"
    LOST_IN_POST = "lost-in-post"
    SPOILED = "spoiled"
