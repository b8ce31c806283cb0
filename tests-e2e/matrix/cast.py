"""The cast: everybody who knocks, by what they are to the owner and in which state that relation stands.

A cell's name is `<actor>.<state>`: `sponsor.ended_a_second_ago`. The clock stands still, so that "ends now" is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chassis.clock import Clock
from partners.simulators.households import number_at

NOW = datetime.now(UTC).replace(microsecond=0)
LONG_AGO = NOW - timedelta(days=400)
OFFICE, OTHER_OFFICE = "riyadh-main", "jeddah-main"
_BLOCK = 6_100
_PLACES = 10

# Which states of a relation allow; every other one denies.
HOLDS = frozenset({"active", "begins_now", "self", "other_office", "assigned"})
_INTERVALS: dict[str, tuple[datetime, datetime | None]] = {
    "active": (LONG_AGO, None),
    "begins_now": (NOW, None),
    "pending": (NOW + timedelta(days=1), None),
    "ended_yesterday": (LONG_AGO, NOW - timedelta(days=1)),
    "ended_a_second_ago": (LONG_AGO, NOW - timedelta(seconds=1)),
    "ends_now": (LONG_AGO, NOW),
}
PERSON_RELATIONS = ("household_head", "sponsor")
RELATIONS = (*PERSON_RELATIONS, "grantee")
ROLES = ("clerk", "officer", "operator", "administrator")
# Every scope by which a program in its own name gets in somewhere, and what a person's sign-in may be given.
SCOPES = ("activations",)
SIGN_IN = "openid profile email phone address offline_access"
# Whose session has ended: their tokens are good by every mark, and have to be refused all the same.
ENDED = ("suspended", "dead")


class StillClock(Clock):
    """Business time that does not pass: an interval that ends now has ended, one that begins now has begun."""

    def now(self) -> datetime:
        return NOW


@dataclass(frozen=True)
class Tie:
    """One row of relations. `object` is a number, an office, or `@owner`, `@sibling`, `@case`, `@sibling_case`.

    A grant's object `@grantor` and its scope `@granted` are what the service in question grants by.
    """

    relation: str
    object: str
    starts_at: datetime
    ends_at: datetime | None
    subject: str = ""
    scope: str = ""
    narrowed_to: str = ""


@dataclass(frozen=True)
class Member:
    """Somebody of the cast.

    `kind`: person, staff, ended (a person or member of staff whose account was stopped), integrator (a program in its own
    name), client (a program that names nobody) or nobody. `scope`: what their token was given for.
    """

    actor: str
    state: str
    number: str
    kind: str = "person"
    ties: tuple[Tie, ...] = field(default=(), repr=False)
    scope: str = ""

    @property
    def name(self) -> str:
        return f"{self.actor}.{self.state}"

    @property
    def holds(self) -> bool:
        return self.state in HOLDS

    @property
    def is_owner(self) -> bool:
        """Whether they are whoever the thing belongs to."""
        return self.actor == "holder" or (self.actor in ENDED and self.state == "holder")

    @property
    def says(self) -> str:
        """The kind of account their token names."""
        if self.kind in ("integrator", "client"):
            return "client"
        return "staff" if self.number.startswith("S-") and self.kind in ("staff", "ended") else "citizen"

    @property
    def client(self) -> str:
        """The program their token came through."""
        return self.number.removeprefix("client:") if self.kind == "integrator" else "portal"

    @property
    def roles(self) -> frozenset[str]:
        """The staff roles that count: held now, by somebody whose token says staff."""
        if self.kind != "staff":
            return frozenset()
        open_now = {
            tie.relation for tie in self.ties if tie.starts_at <= NOW and (not tie.ends_at or tie.ends_at > NOW)
        }
        return frozenset(open_now & set(ROLES))


def person_at(place: int) -> str:
    """The number of the person at this place of the matrix's own block of people; citizens all of them."""
    return number_at("1", _BLOCK + place // _PLACES, place % _PLACES)


# Whose records are asked for. Their cases stand at different points; every tie of the cast holds to each of them.
OWNERS = tuple(person_at(place) for place in range(5))
SIBLING = person_at(5)
NOBODY_KNOWN = person_at(6)


def _tie(relation: str, state: str, object_: str = "@owner", subject: str = "") -> Tie:
    return Tie(relation, object_, *_INTERVALS[state], subject)


def _relatives(places: Iterator[int]) -> Iterator[Member]:
    for relation in PERSON_RELATIONS:
        numbers = {}
        for state in _INTERVALS:
            numbers[state] = number = person_at(next(places))
            yield Member(relation, state, number, ties=(_tie(relation, state),))
        yield Member(relation, "other_object", person_at(next(places)), ties=(_tie(relation, "active", "@sibling"),))
        # The owner's own dependant or worker sees nothing of the owner.
        reversed_ = person_at(next(places))
        yield Member(relation, "reversed", reversed_, ties=(_tie(relation, "active", reversed_, "@owner"),))
        # Who stands in for somebody who stands in for the owner does not stand in for the owner.
        yield Member(
            relation, "transitive", person_at(next(places)), ties=(_tie(relation, "active", numbers["active"]),)
        )


def _grantees(places: Iterator[int]) -> Iterator[Member]:
    def given(state: str, to: str = "@grantor", *, scope: str = "@granted", narrowed_to: str = "") -> tuple[Tie, ...]:
        return (Tie("grantee", to, *_INTERVALS[state], scope=scope, narrowed_to=narrowed_to),)

    numbers = {state: person_at(next(places)) for state in _INTERVALS}
    for state, number in numbers.items():
        yield Member("grantee", state, number, ties=given(state))
    yield Member("grantee", "other_object", person_at(next(places)), ties=given("active", "@sibling"))
    yield Member("grantee", "other_service", person_at(next(places)), ties=given("active", scope="profession_change"))
    yield Member("grantee", "narrowed_elsewhere", person_at(next(places)), ties=given("active", narrowed_to=SIBLING))
    # What was granted to somebody is not theirs to grant.
    yield Member("grantee", "transitive", person_at(next(places)), ties=given("active", numbers["active"]))


def _staff(places: Iterator[int]) -> Iterator[Member]:
    yield Member("staff", "without_role", f"S-{next(places)}", "staff")
    for role in ROLES:
        for state in _INTERVALS:
            yield Member(role, state, f"S-{next(places)}", "staff", (_tie(role, state, OFFICE),))
        yield Member(role, "other_office", f"S-{next(places)}", "staff", (_tie(role, "active", OTHER_OFFICE),))
    number = f"S-{next(places)}"
    yield Member("officer", "role_without_staff_token", number, "person", (_tie("officer", "active", OFFICE),))


def _assignees(places: Iterator[int]) -> Iterator[Member]:
    for actor in ("officer", "clerk"):
        role = _tie(actor, "active", OFFICE)
        yield Member(actor, "assigned", f"S-{next(places)}", "staff", (role, _tie("assignee", "active", "@case")))
        for state in ("pending", "ended_yesterday", "ended_a_second_ago", "ends_now"):
            ties = (role, _tie("assignee", state, "@case"))
            yield Member(actor, f"assignment_{state}", f"S-{next(places)}", "staff", ties)
        elsewhere = (role, _tie("assignee", "active", "@sibling_case"))
        yield Member(actor, "assigned_elsewhere", f"S-{next(places)}", "staff", elsewhere)


def _ended(people: Iterator[int], staff: Iterator[int]) -> Iterator[Member]:
    for actor in ENDED:
        yield Member(actor, "holder", OWNERS[0], "ended")
        yield Member(actor, "sponsor", person_at(next(people)), "ended", (_tie("sponsor", "active"),))
        every_role = tuple(_tie(role, "active", OFFICE) for role in ROLES)
        yield Member(actor, "staff", f"S-{next(staff)}", "ended", every_role)


def _integrators() -> Iterator[Member]:
    named = {
        **{each: each for each in SCOPES},
        "another_scope": "something_else",
        "without_scope": "",
        "sign_in": SIGN_IN,
    }
    for state, scope in named.items():
        yield Member("integrator", state, f"client:integrator-{state}", "integrator", scope=scope)


def _cast() -> tuple[Member, ...]:
    people, staff = iter(range(10, 100)), iter(range(9_001, 9_100))
    return (
        Member("holder", "self", OWNERS[0]),
        Member("stranger", "none", person_at(next(people))),
        # A scope opens to a program what it names; to a person it opens nothing.
        Member("stranger", "with_scopes", person_at(next(people)), scope=" ".join(SCOPES)),
        *_relatives(people),
        *_grantees(people),
        *_staff(staff),
        *_assignees(staff),
        *_ended(people, staff),
        *_integrators(),
        Member("client", "without_person", "", "client"),
        Member("anonymous", "none", "", "nobody"),
    )


CAST = _cast()
BY_NAME = {member.name: member for member in CAST}
PEOPLE = tuple(member for member in CAST if member.kind == "person" and member.actor not in {"holder", "officer"})
