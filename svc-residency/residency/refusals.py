"""What is the matter when this service refuses: kinds, slugs; the words are texts `problem.<slug>`."""

from chassis.refusals import Conflict, Forbidden


class EmployerNeeded(Forbidden):
    """Only the employer or the head of household may ask for this, not the holder."""

    slug = "employer-needed"


class AnotherVisaInForce(Conflict):
    """Another visa of this person came into force at the same instant."""

    slug = "another-visa-in-force"


class RenewalOpen(Conflict):
    """There is a renewal for this person that has not ended."""

    slug = "renewal-open"
