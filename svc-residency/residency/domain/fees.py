"""What a visa or a renewal costs: formulas whose every amount comes from a dated rule. Money is in minor units."""

from collections.abc import Mapping
from typing import Final

from chassis.refusals import Invalid

MONTHS_IN_A_QUARTER: Final = 3


class DurationNotOffered(Invalid):
    """No fee exists for this many months."""

    slug = "duration-not-offered"


def by_months(months: int, table: Mapping[str, int]) -> int:
    """A base for the months included and so much for each further one.

    Rules residency.exit_reentry.fee_single and .fee_multiple: ``{base, months_included, per_month}``.
    Raises DurationNotOffered below one month.
    """
    if months < 1:
        raise DurationNotOffered()
    return table["base"] + max(0, months - table["months_included"]) * table["per_month"]


def by_quarters(months: int, quarter_minor: int) -> int:
    """So much for each quarter begun and ended: rules residency.iqama_renewal.fee, .work_permit.fee, .levy.*.

    Raises DurationNotOffered for months that are no whole quarters.
    """
    quarters, rest = divmod(months, MONTHS_IN_A_QUARTER)
    if rest or quarters < 1:
        raise DurationNotOffered()
    return quarters * quarter_minor


def by_occasion(earlier: int, table: Mapping[str, int]) -> int:
    """A fine that grows with how often it was earned: the last amount of the table holds for all further times.

    Rules residency.exit_reentry.not_cancelled_fine and residency.iqama_renewal.late_fine: ``{"1": …, "2": …}``.
    """
    occasions = sorted(int(occasion) for occasion in table)
    reached = max(occasion for occasion in occasions if occasion <= max(earlier + 1, occasions[0]))
    return table[str(reached)]


def late_fine(days_expired: int, grace_days: int, earlier: int, table: Mapping[str, int]) -> int | None:
    """The fine for renewing so many days after expiry; none within the grace.

    Rules residency.iqama_renewal.grace and .late_fine.
    """
    return by_occasion(earlier, table) if days_expired > grace_days else None
