"""What a renewal costs and under which code it is paid, by the dated rules."""

from dataclasses import dataclass

from chassis.rulebook import RulesOnDay

FEE = "passport.application.fee"
PAYMENT_CODE = "passport.application.payment_code"
AFTER_LOSS = "passport.replacement.fee_after_loss_in_the_post"


@dataclass(frozen=True)
class Fee:
    """An amount in minor units, the payment body's service code, and the rule entry it was taken from."""

    amount_minor: int
    service_code: str
    rule_from: str


def renewal_fee(validity_years: int, rules: RulesOnDay) -> Fee:
    """The fee for a renewal of that validity. Raises KeyError for a validity nobody offers."""
    amount = rules.table(FEE)[str(validity_years)]
    return Fee(amount, rules.table(PAYMENT_CODE)["renewal"], rules.used[FEE])


def carrier_bears(fee_minor: int, rules: RulesOnDay) -> int:
    """What the carrier bears of a booklet made anew after it lost one (minor units). The rest would be the holder's."""
    return fee_minor - rules.number(AFTER_LOSS)
