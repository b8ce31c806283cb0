"""Document printing: allots a document number, prints the document, tells whether the print is good.

`reference` is the caller's own and unique for ever: the same reference with the same order answers the first result.
"""

from datetime import date
from typing import ClassVar, Literal

from partners.body import Answer, Body, Fact

DocumentKind = Literal["passport", "iqama_card", "travel_permit"]
PrintState = Literal["queued", "printed", "spoiled"]


class AllottedNumber(Answer):
    number: str
    replayed: bool = False


class DocumentFacts(Fact):
    """What is printed on the page. `mrz_lines` are checked digit by digit before anything is printed."""

    person: str
    name_ar: str
    name_en: str
    nationality: str
    sex: Literal["male", "female"]
    born_on: date
    issued_on: date
    expires_on: date
    mrz_lines: tuple[str, ...] = ()


class PrintOrder(Answer):
    """An order as the printer has it. A spoiled print is final: order again under a new reference and number."""

    order_reference: str
    kind: DocumentKind
    number: str
    state: PrintState
    replayed: bool = False


class PrintOrderAnswer(Answer):
    """`order` is None where this reference never arrived."""

    order: PrintOrder | None


class Printing(Body):
    """Refused slugs: `number-not-allotted`, `mrz-not-valid`, `reference-reused`, `already-ordered`."""

    name: ClassVar[str] = "printing"

    async def reserve_number(self, reference: str, kind: DocumentKind) -> AllottedNumber:
        """A document number of its own for this reference; asked again it is the same number, so it may be repeated."""
        return await self._look("/numbers", {"reference": reference, "kind": kind}, AllottedNumber)

    async def order(self, reference: str, kind: DocumentKind, number: str, facts: DocumentFacts) -> PrintOrder:
        order = {"reference": reference, "kind": kind, "number": number, "facts": facts.model_dump(mode="json")}
        return await self._act("/orders", order, PrintOrder)

    async def status(self, reference: str) -> PrintOrderAnswer:
        return await self._look("/orders/lookup", {"reference": reference}, PrintOrderAnswer)
