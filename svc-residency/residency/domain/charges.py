"""What a case is charged, item by item, under which code it is paid, and by which entries of the dated rules."""

from dataclasses import dataclass
from datetime import date

from chassis.rulebook import RulesOnDay
from residency.domain.facts import Category
from residency.domain.fees import by_months, by_quarters, late_fine
from residency.domain.stay import Trips

VISA_FEE = {Trips.SINGLE: "residency.exit_reentry.fee_single", Trips.MULTIPLE: "residency.exit_reentry.fee_multiple"}
VISA_CODE = "residency.exit_reentry.payment_code"
RENEWAL_FEE = "residency.iqama_renewal.fee"
RENEWAL_CODE = "residency.iqama_renewal.payment_code"
LATE_FINE = "residency.iqama_renewal.late_fine"
GRACE = "residency.iqama_renewal.grace"

_MINOR_UNITS_OF_A_RIYAL = 100


@dataclass(frozen=True)
class FeeItem:
    """One line of a bill in minor units; texts `fee.<what>`."""

    what: str
    amount_minor: int
    rule: str
    rule_from: str


@dataclass(frozen=True)
class Charge:
    """All lines of a case and the payment body's service code."""

    items: tuple[FeeItem, ...]
    service_code: str

    @property
    def amount_minor(self) -> int:
        return sum(item.amount_minor for item in self.items)


def visa_charge(trips: Trips, months: int, rules: RulesOnDay) -> Charge:
    """A visa's fee: the base, and the months beyond those it includes. Raises DurationNotOffered below a month."""
    rule = VISA_FEE[trips]
    table = rules.table(rule)
    whole = by_months(months, table)
    lines = {"visa": table["base"], "further_months": whole - table["base"]}
    items = tuple(_item(what, amount, rule, rules) for what, amount in lines.items() if amount)
    return Charge(items, rules.table(VISA_CODE)[trips])


def renewal_charge(
    category: Category, months: int, iqama_expires_on: date, earlier_late: int, rules: RulesOnDay
) -> Charge:
    """A renewal's fee by quarters and, after the grace, the fine for the so-manieth time.

    `earlier_late` counts this person's renewals that were fined before. Raises DurationNotOffered.
    """
    items = [_item("renewal", by_quarters(months, rules.table(RENEWAL_FEE)[category]), RENEWAL_FEE, rules)]
    days_expired = (rules.day - iqama_expires_on).days
    fine = late_fine(days_expired, rules.number(GRACE), earlier_late, rules.table(LATE_FINE))
    if fine is not None:
        items.append(_item("late_fine", fine, LATE_FINE, rules))
    return Charge(tuple(items), str(rules.value(RENEWAL_CODE)))


def riyals(amount_minor: int) -> str:
    """An amount as people read it, in riyals with two places and Western digits."""
    whole, rest = divmod(amount_minor, _MINOR_UNITS_OF_A_RIYAL)
    return f"{whole}.{rest:02d}"


def _item(what: str, amount_minor: int, rule: str, rules: RulesOnDay) -> FeeItem:
    return FeeItem(what, amount_minor, rule, rules.rule(rule).on(rules.day).effective_from.isoformat())
