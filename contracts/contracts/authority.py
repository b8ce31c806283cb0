"""Relations and roles of the house: who may stand in for whom. The chassis knows only names and intervals."""

from enum import StrEnum


class Relation(StrEnum):
    """Why one person may see or act on another's record; each is a row with an interval, never a token claim."""

    HOUSEHOLD_HEAD = "household_head"
    SPONSOR = "sponsor"
    GRANTEE = "grantee"
    ASSIGNEE = "assignee"
    ESTABLISHMENT_MEMBER = "establishment_member"


class AuthorisedService(StrEnum):
    """What an electronic authorisation may be for: the 21 services of passports, each granted by itself.

    It is the scope of a `grantee` relation. Source: the directorate's list (E1).
    """

    TRAVEL_PERMIT = "travel_permit"
    PASSPORT_LOSS_REPORT = "passport_loss_report"
    PASSPORT_ISSUE = "passport_issue"
    PASSPORT_RENEWAL = "passport_renewal"
    PASSPORT_RECEIPT = "passport_receipt"
    IQAMA_ISSUE = "iqama_issue"
    IQAMA_RENEWAL = "iqama_renewal"
    IQAMA_RECEIPT = "iqama_receipt"
    IQAMA_LOSS_REPORT = "iqama_loss_report"
    FOREIGN_PASSPORT_LOSS_REPORT = "foreign_passport_loss_report"
    EXIT_REENTRY = "exit_reentry"
    FINAL_EXIT = "final_exit"
    ABSENCE_REPORT = "absence_report"
    DEPENDANT_ADDITION = "dependant_addition"
    DEPENDANT_SEPARATION = "dependant_separation"
    DEPENDANT_TO_HEAD = "dependant_to_head"
    PROFESSION_CHANGE = "profession_change"
    SERVICE_TRANSFER = "service_transfer"
    INFO_TRANSFER = "info_transfer"
    VISIT_EXTENSION = "visit_extension"
    EXITED_NOT_RETURNED = "exited_not_returned"


class StaffRole(StrEnum):
    """What a member of staff may do; a row with an interval whose object is the office."""

    CLERK = "clerk"
    OFFICER = "officer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


class Actor(StrEnum):
    """Who moves a case: the words of every lifecycle's `by`."""

    HOLDER = "holder"
    HOUSEHOLD_HEAD = "household_head"
    SPONSOR = "sponsor"
    GRANTOR = "grantor"
    GRANTEE = "grantee"
    CLERK = "clerk"
    OFFICER = "officer"
    OPERATOR = "operator"
    CARRIER = "carrier"
    CLIENT = "client"
    SYSTEM = "system"


PERSON_RELATIONS = frozenset({Relation.HOUSEHOLD_HEAD, Relation.SPONSOR})
STAFF_ROLES = frozenset(StaffRole)

ACTOR_OF_RELATION = {
    Relation.HOUSEHOLD_HEAD: Actor.HOUSEHOLD_HEAD,
    Relation.SPONSOR: Actor.SPONSOR,
}
ACTOR_OF_ROLE = {
    StaffRole.CLERK: Actor.CLERK,
    StaffRole.OFFICER: Actor.OFFICER,
    StaffRole.OPERATOR: Actor.OPERATOR,
}
