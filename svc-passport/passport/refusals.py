"""What is the matter when this service refuses: kinds, slugs; the words are texts `problem.<slug>`."""

from chassis.refusals import Conflict, Forbidden, Invalid, Unavailable


class CaseTaken(Conflict):
    """Another officer has the case."""

    slug = "case-taken"


class CaseNotAssigned(Forbidden):
    """An officer must take a case before opening it or deciding it."""

    slug = "case-not-assigned"


class ApplicationOpen(Conflict):
    """There is an application for this person that has not ended."""

    slug = "application-open"


class NotAmendable(Conflict):
    """What is on its way cannot be changed any more."""

    slug = "application-not-amendable"


class PledgeChanged(Conflict):
    """The pledge was shown in a version that is no longer in force."""

    slug = "pledge-changed"


class PhotoNotAccepted(Invalid):
    """The portrait has flaws; the details name every one."""

    slug = "photo-not-accepted"


class AddressNotRegistered(Invalid):
    """The short address is not among the holder's registered ones."""

    slug = "address-not-registered"


class NotReadyForReview(Conflict):
    """There is nothing to review yet: photo or English name is missing."""

    slug = "not-ready-for-review"


class StillBeingChecked(Unavailable):
    """A body outside has been asked and has not answered yet."""

    slug = "still-being-checked"


class ValidityNotOffered(Invalid):
    """No booklet of that many years is made."""

    slug = "validity-not-offered"


class OldBookletDoesNotMatch(Conflict):
    """The old booklet shown is not the one this renewal replaces."""

    slug = "old-booklet-does-not-match"


class LossOfAnother(Conflict):
    """The lost booklet is not the one that is on its way; the event waits to be looked at."""

    slug = "loss-of-another-booklet"
