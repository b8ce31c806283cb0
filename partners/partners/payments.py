"""Government payments: a prepaid balance by person and service code; reserve, consume, release, refund.

Every act carries a `sequence` the caller makes, unique for ever. The same sequence twice answers the first result again
(`replayed`); with another body it is refused (`sequence-reused`). After an unknown outcome ask `outcome(sequence)`.
Amounts are minor units (halalas).
"""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from partners.body import Answer, Body

ActKind = Literal["reserve", "consume", "release", "refund"]


class Balance(Answer):
    """Available is what can still be reserved or refunded; reserved is bound to acts under way."""

    service_code: str
    available_minor: int
    reserved_minor: int


class PaymentAct(Answer):
    """An act the body carried out. A refund reaches the payer's bank at `arrives_at`."""

    sequence: str
    kind: ActKind
    service_code: str
    amount_minor: int
    replayed: bool = False
    arrives_at: AwareDatetime | None = None


class PaymentOutcome(Answer):
    """What became of a sequence: carried out, refused (`slug`), or never received here."""

    sequence: str
    outcome: Literal["done", "refused", "unknown"]
    kind: ActKind | None = None
    amount_minor: int | None = None
    slug: str | None = None
    act_reference: str | None = None


class Payments(Body):
    """Refused slugs: `balance-too-low`, `sequence-reused`, `reservation-unknown`, `reservation-settled`."""

    name: ClassVar[str] = "payments"

    async def balance(self, person: str, service_code: str) -> Balance:
        return await self._look("/balances/lookup", {"person": person, "service_code": service_code}, Balance)

    async def reserve(self, sequence: str, person: str, service_code: str, amount_minor: int) -> PaymentAct:
        """Bind an amount of the balance. Refused `balance-too-low` with `available_minor` in the details."""
        order = {"sequence": sequence, "person": person, "service_code": service_code, "amount_minor": amount_minor}
        return await self._act("/reservations", order, PaymentAct)

    async def consume(self, sequence: str, reservation: str) -> PaymentAct:
        """Take what `reservation` (its sequence) bound: final."""
        return await self._act("/consumptions", {"sequence": sequence, "reservation": reservation}, PaymentAct)

    async def release(self, sequence: str, reservation: str) -> PaymentAct:
        """Give back to the balance what `reservation` (its sequence) bound."""
        return await self._act("/releases", {"sequence": sequence, "reservation": reservation}, PaymentAct)

    async def refund(self, sequence: str, person: str, service_code: str, amount_minor: int) -> PaymentAct:
        """Send unused balance back to the account it came from."""
        order = {"sequence": sequence, "person": person, "service_code": service_code, "amount_minor": amount_minor}
        return await self._act("/refunds", order, PaymentAct)

    async def outcome(self, sequence: str) -> PaymentOutcome:
        return await self._look("/outcomes/lookup", {"sequence": sequence}, PaymentOutcome)
