"""The services an authorisation may be for: which service of the house carries each, and which can do great harm."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from contracts.authority import AuthorisedService


@dataclass(frozen=True)
class Authorisable:
    """One service that can be granted. `carrier` is None while no service of the house does it."""

    code: AuthorisedService
    carrier: str | None
    high_harm: bool


@cache
def authorisable() -> Mapping[AuthorisedService, Authorisable]:
    """All of them in the order of the file. Raises ValueError for a code that is no AuthorisedService."""
    listed = tomllib.loads(resources.files("identity").joinpath("authorised_services.toml").read_text("utf-8"))
    return {
        AuthorisedService(code): Authorisable(AuthorisedService(code), row.get("carrier"), row["high_harm"])
        for code, row in listed.items()
    }
