"""Facts in good order, from which each test takes away one thing."""

from datetime import date

from chassis.rulebook import Rulebook
from residency.domain.facts import Cover, Owed, Record, Whereabouts
from residency.domain.renewal_requirements import RenewalFacts
from residency.domain.stay import Stay
from residency.domain.visa_requirements import VisaFacts

TODAY = date(2026, 11, 22)
RULES = Rulebook.of("residency").on(TODAY)
WORKER = Record(
    is_known=True,
    kind="resident",
    alive=True,
    born_on=date(1990, 1, 1),
    sex="male",
    marital="single",
    biometrics=True,
    passport_expires_on=date(2029, 1, 1),
    iqama_expires_on=date(2027, 9, 1),
    sponsor="1000000008",
)
EMPLOYER = Record(is_known=True, kind="citizen", alive=True, born_on=date(1980, 1, 1))
NOTHING_OWED = Owed(0, 0)
AT_HOME = Whereabouts(inside=True, left_at=None)
VISA = VisaFacts(
    rules=RULES,
    person=WORKER,
    owed=NOTHING_OWED,
    whereabouts=AT_HOME,
    stay=Stay(days=60),
    applicant=EMPLOYER,
    applicant_owed=NOTHING_OWED,
    cancel_by=TODAY,
)
RENEWAL = RenewalFacts(
    rules=RULES,
    person=WORKER,
    owed=NOTHING_OWED,
    whereabouts=AT_HOME,
    insurance=Cover(date(2027, 1, 1)),
    work_permit=Cover(None, needed=False),
    period_months=12,
)
