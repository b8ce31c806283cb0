"""An authorisation on paper: who lets whom do what until when, its number, and where anybody may check it.

Shown to both its parties and to nobody else: the contract says what each may know. Numbers are shortened to their end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis.catalogue import Language
from chassis.http.client import HttpClient
from portal.sections import SessionEnded

PATH = "/v1/authorisations"
SHOWN_DIGITS = 4


@dataclass(frozen=True)
class Party:
    """One side: in both languages where it is told, and the end of the number."""

    name: str | None
    other_name: str | None
    ending: str


@dataclass(frozen=True)
class Paper:
    """What is printed."""

    reference: str
    state: str
    is_accepted: bool
    service: str
    grantor: Party
    grantee: Party
    starts_on: date
    ends_on: date
    narrowed_to: str | None
    uses: int
    uses_allowed: int | None


async def read_paper(gateway: HttpClient, token: str, language: Language, authorisation_id: str) -> Paper | None:
    """The paper, None where there is no such authorisation of mine. Raises SessionEnded and Unreachable."""
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
    answer = await gateway.request("GET", f"{PATH}/{authorisation_id}", headers=headers, repeatable=True)
    if answer.status_code == 401:
        raise SessionEnded
    return paper_of(answer.json(), language) if answer.status_code == 200 else None


def paper_of(item: Mapping[str, Any], language: Language) -> Paper:
    """The paper of an authorisation of the contract."""
    return Paper(
        reference=str(item["reference"]),
        state=str(item["state"]["texts"][language]),
        is_accepted=item["status"] == "accepted",
        service=str(item["service_texts"][language]),
        grantor=_party(item["grantor"], language),
        grantee=_party(item["grantee"], language),
        starts_on=date.fromisoformat(item["starts_on"]),
        ends_on=date.fromisoformat(item["ends_on"]),
        narrowed_to=None if item["narrowed_to"] is None else _ending(item["narrowed_to"]),
        uses=int(item["uses"]),
        uses_allowed=item["uses_allowed"],
    )


def _party(side: Mapping[str, Any], language: Language) -> Party:
    names = side.get("names") or {}
    return Party(names.get(language), names.get("en" if language == "ar" else "ar"), _ending(side["number"]))


def _ending(number: str) -> str:
    return f"…{number[-SHOWN_DIGITS:]}"
