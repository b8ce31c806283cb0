"""Residency's stage: residences, visas in force and asked for, renewals open and ended, one by every employer there ever was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from chassis.clock import Clock
from chassis.identifiers import new_reference, uuid7
from matrix.cast import BY_NAME, NOW, PEOPLE
from matrix.stage import Rows, Thing
from residency.app import create_api
from residency.models import ExitReentryVisa, IqamaRenewal, Residence
from residency.settings import ResidencySettings
from residency.wiring import Residency
from residency.wiring import create_service as create

__all__ = ["ASSIGNEE", "GRANTS", "create_api", "create_service", "own_things", "owners_things"]
ASSIGNEE = "officer"
GRANTS = ("sponsor.active", ("exit_reentry", "iqama_renewal"))
_SERIAL = iter(range(1_000_000, 9_999_999))
_FEE = [{"what": "visa", "amount_minor": 20_000, "rule": "residency.exit_reentry.fee", "rule_from": "2020-01-01"}]


def create_service(url: str, clock: Clock, **more: Any) -> Residency:
    """The service without anybody outside."""
    return create(ResidencySettings(environment="test", database_url=url, **more), clock)


def owners_things(service: Residency, rows: Rows, owners: tuple[str, ...]) -> Iterator[Thing]:
    """Each owner has a residence and a visa in force; the first has cases opened by everybody who ever could."""
    sponsor = BY_NAME["sponsor.active"].number
    for owner in owners:
        yield _residence(rows, owner)
    yield _visa(rows, owners[0], sponsor, "visa_in_force", "issued", others=True)
    yield _renewal(rows, owners[0], sponsor, "renewal_open", "ready")
    for member in PEOPLE:
        yield _visa(rows, owners[0], member.number, "visa", "requested", others=False)
        yield _renewal(rows, owners[0], member.number, "renewal", "withdrawn")


def own_things(service: Residency, rows: Rows, number: str) -> list[Thing]:
    """A residence, a visa and a renewal of one's own."""
    return [
        _residence(rows, number),
        _visa(rows, number, number, "visa", "requested", others=False),
        _renewal(rows, number, number, "renewal", "withdrawn"),
    ]


def _residence(rows: Rows, person: str) -> Thing:
    serial = next(_SERIAL)
    row = Residence(
        id=uuid7(), person=person, category="domestic", profession_ar=f"مهنة {serial}", profession_en=f"Trade {serial}",
        valid_until=NOW.date() + timedelta(days=200), registry_reference=f"REG{serial}", told_at=NOW, renewal_id=None,
    )  # fmt: skip
    rows.add(row)
    return Thing("iqama", person, {"iqama_id": str(row.id)}, (str(row.id), f"Trade {serial}", f"REG{serial}"))


def _visa(rows: Rows, person: str, applicant: str, kind: str, status: str, *, others: bool) -> Thing:
    serial, reference, day = next(_SERIAL), new_reference("JWZ"), NOW.date()
    issued = {
        "visa_number": f"VN{serial}", "issued_at": NOW, "issued_on": day, "leave_by": day + timedelta(days=60),
        "cancel_by": day + timedelta(days=30),
    }  # fmt: skip
    row = ExitReentryVisa(
        id=uuid7(), reference=reference, person=person, applicant=applicant, status=status, version=1, opened_at=NOW,
        moved_at=NOW, trips="single", stay_days=60, fee_minor=20_000, fee_items=_FEE, service_code="42",
        fee_state="none" if status == "requested" else "consumed", fee_attempt=0,
        **(issued if status == "issued" else {}),
    )  # fmt: skip
    rows.add(row)
    marks = (str(row.id), reference, f"VN{serial}")
    return Thing(kind, person, {"visa_id": str(row.id)}, marks, opener=applicant, seen_by_others=others)


def _renewal(rows: Rows, person: str, applicant: str, kind: str, status: str) -> Thing:
    reference = new_reference("IQR")
    row = IqamaRenewal(
        id=uuid7(), reference=reference, person=person, applicant=applicant, status=status, version=1, opened_at=NOW,
        moved_at=NOW, period_months=12, fee_items=[], fee_state="none", fee_attempt=0, missing=[], late_fine_minor=0,
    )  # fmt: skip
    rows.add(row)
    marks = (str(row.id), reference)
    return Thing(kind, person, {"renewal_id": str(row.id)}, marks, opener=applicant, seen_by_others=False)
