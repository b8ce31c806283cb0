"""Health ministry: the latest medical report of a person."""

from datetime import date
from typing import ClassVar, Literal

from partners.body import Answer, Body, Fact


class MedicalReport(Fact):
    number: str
    result: Literal["fit", "unfit"]
    examined_on: date


class MedicalReportAnswer(Answer):
    report: MedicalReport | None


class Health(Body):
    name: ClassVar[str] = "health"

    async def medical_report(self, person: str) -> MedicalReportAnswer:
        return await self._look("/medical-reports/lookup", {"person": person}, MedicalReportAnswer)
