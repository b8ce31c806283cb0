"""Who saw or acted on my record, read from the public contract a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.catalogue import Language
from chassis.http.client import HttpClient
from portal.sections import SessionEnded, instant_of

PATH = "/v1/me/record-access"


@dataclass(frozen=True)
class Access:
    """One look or act, in the words of the contract."""

    at: datetime | None
    what: str
    who: str
    office: str | None
    number_ending: str | None
    service: str
    object: str
    why: str | None


@dataclass(frozen=True)
class AccessPage:
    """One page of them; `lines` is None when they could not be had, which is not the same as none."""

    lines: list[Access] | None
    following: str | None = None


async def read_record_access(gateway: HttpClient, token: str, language: Language, cursor: str | None) -> AccessPage:
    """The newest first. Raises SessionEnded, and Unreachable when the gateway does not answer."""
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
    params = {"cursor": cursor} if cursor else None
    answer = await gateway.request("GET", PATH, params=params, headers=headers, repeatable=True)
    if answer.status_code == 401:
        raise SessionEnded
    if answer.status_code != 200:
        return AccessPage(None)
    page = answer.json()
    return AccessPage([access_of(item, language) for item in page["items"]], page.get("next"))


def access_of(item: Mapping[str, Any], language: Language) -> Access:
    """One item of the contract as it is shown."""
    why = item.get("purpose") or item.get("action")
    return Access(
        at=instant_of(item["at"]),
        what=str(item["what"]),
        who=str(item["by"]["standing"]["texts"][language]),
        office=item["by"].get("office"),
        number_ending=item["by"].get("number_ending"),
        service=str(item["service"]["texts"][language]),
        object=str(item["object"]),
        why=None if why is None else str(why["texts"][language]),
    )
