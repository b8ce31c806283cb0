"""National addresses computed from themselves: a short address tells its whole address, a person draws theirs."""

import re

from partners.post import Address
from partners.registry import Text
from partners.simulators.draws import digits, draw_between, pick
from partners.simulators.people import ComputedPerson
from partners.simulators.population import Pair, population

_SHORT = re.compile(r"([A-Z])[A-Z]{3}([0-9]{4})", re.ASCII)
_LETTERS = "ABCDEFGHJKLMNPRSTUVXYZ"


def address_of(short_address: str) -> Address | None:
    """The whole address, or None where no region has this first letter."""
    parts = _SHORT.fullmatch(short_address)
    region = next((r for r in population().region if parts and r.letter == parts[1]), None)
    if parts is None or region is None:
        return None
    return Address(
        short_address=short_address,
        building=parts[2],
        street=_text(pick(short_address, "street", population().streets.names)),
        district=_text(pick(short_address, "district", region.districts)),
        city=_text(region.city),
        postcode=region.postcode + digits(short_address, "postcode", 4),
        additional=digits(short_address, "additional", 4),
    )


def addresses_of(person: ComputedPerson) -> tuple[Address, ...]:
    """The registered addresses of a person; a household shares its head's."""
    number = person.household_head or person.number
    planned = person.magic.addresses
    count = draw_between(number, "addresses", population().ranges.address_count) if planned is None else planned
    found = (address_of(_short(number, place)) for place in range(count))
    return tuple(address for address in found if address is not None)


def _short(number: str, place: int) -> str:
    region = pick(number, f"region {place}", population().region).letter
    rest = "".join(pick(number, f"letter {place}.{i}", _LETTERS) for i in range(3))
    return region + rest + digits(number, f"building {place}", 4)


def _text(pair: Pair) -> Text:
    return Text(ar=pair[0], en=pair[1])
