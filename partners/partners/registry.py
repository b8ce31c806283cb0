"""Civil registry and national data centre: who a number is, whose household and whose sponsor."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import AwareDatetime, ValidationError

from partners.body import Answer, Body, Fact
from partners.callbacks import CallbackRefused, verify

Kind = Literal["citizen", "resident", "visitor"]
Sex = Literal["male", "female"]
Marital = Literal["single", "married", "widowed", "divorced"]


class Name(Fact):
    """A name in one script: given, father's, grandfather's and family name."""

    given: str
    father: str
    grandfather: str
    family: str

    @property
    def full(self) -> str:
        return " ".join((self.given, self.father, self.grandfather, self.family))


class Names(Fact):
    ar: Name
    en: Name


class TravelDocument(Fact):
    """A passport as the registry knows it; for a resident the one of their own country."""

    number: str
    expires_on: date
    issued_on: date
    country: str


class Text(Fact):
    ar: str
    en: str


class Person(Answer):
    """What the registry knows of one person. Dates are Gregorian; absent facts are None or empty."""

    number: str
    kind: Kind
    names: Names
    sex: Sex
    born_on: date
    alive: bool
    inside_kingdom: bool
    id_expires_on: date | None
    nationality: str
    marital: Marital
    biometrics: bool
    absent_from_work: bool = False
    household_head: str | None = None
    dependants: tuple[str, ...] = ()
    sponsor: str | None = None
    workers: tuple[str, ...] = ()
    passport: TravelDocument | None = None
    foreign_passport: TravelDocument | None = None
    iqama_expires_on: date | None = None
    visa_expires_on: date | None = None
    profession: Text | None = None
    portrait: str | None = None


class MobileMatch(Answer):
    matches: bool


NoticeKind = Literal["died", "stopped", "changed"]


class _NoticeBody(Fact):
    person: str
    kind: NoticeKind
    happened_at: AwareDatetime


class Notice(_NoticeBody):
    """What the registry tells by itself: somebody died, may not be served any more, or their record changed."""

    message_id: str


class _Callback(Fact):
    type: Literal["registry.notice"]
    data: _NoticeBody


def verify_notice(secrets: Iterable[str], headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
    """The notice a callback tells, if one of our secrets signed it within five minutes. Raises CallbackRefused.

    The caller keeps `message_id` with the effect, so that a replay inside the window changes nothing.
    """
    message_id = verify(secrets, headers, body, now)
    try:
        told = _Callback.model_validate_json(body)
    except ValidationError:
        raise CallbackRefused("body-not-valid") from None
    return Notice(message_id=message_id, **told.data.model_dump())


def notice_body(person: str, kind: NoticeKind, happened_at: datetime) -> bytes:
    """The body of a notice's callback, as the registry sends it."""
    told = {"person": person, "kind": kind, "happened_at": happened_at}
    return _Callback.model_validate({"type": "registry.notice", "data": told}).model_dump_json().encode()


class Registry(Body):
    """Asks about persons. Raises Refused `person-unknown` for a number nobody has."""

    name: ClassVar[str] = "registry"

    async def person(self, number: str) -> Person:
        """The person behind a national ID, resident number or border number."""
        return await self._look("/persons/lookup", {"number": number}, Person)

    async def visitor(self, passport: str, nationality: str, born_on: date) -> Person:
        """The visitor of a passport; `nationality` is ISO 3166-1 alpha-3. Refused unless all three are one person's."""
        asked = {"passport": passport, "nationality": nationality, "born_on": born_on.isoformat()}
        return await self._look("/visitors/lookup", asked, Person)

    async def mobile_matches(self, number: str, mobile: str) -> MobileMatch:
        """Whether a mobile (E.164) is registered in the name of this person."""
        return await self._look("/mobiles/match", {"number": number, "mobile": mobile}, MobileMatch)
