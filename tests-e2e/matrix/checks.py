"""The multiplication: every line of the pivot by everybody of the cast, and each refusal sought by every way there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import urlencode

from matrix.asking import Asked
from matrix.cast import BY_NAME, CAST, NOBODY_KNOWN, OWNERS, RELATIONS, SIBLING, Member
from matrix.pivot import Pivot, Route
from matrix.requests import ABSENT, OWN_KEY, OWNERS_KEY, Requests, with_headers
from matrix.stage import Stage, Thing
from matrix.telling import profile_of


@dataclass(frozen=True)
class Check:
    """One request of one member of the cast, and what has to come of it.

    `statuses`: what may be answered. `like`: a request whose answer this one's must equal in every word. `ids`: exactly
    what a list shows. `spoken`: words that may be said although they are the owners'. `profile`: the fields that may be shown;
    `profiles`: those of a list's items, by their ids.
    """

    route: Route
    member: Member
    way: str
    asked: Asked
    statuses: frozenset[int]
    like: Asked | None = None
    ids: frozenset[str] | None = None
    spoken: frozenset[str] = frozenset()
    profile: str | None = None
    profiles: Mapping[str, str | None] = field(default_factory=dict)
    anything: bool = False
    refused: bool = True
    thing: Thing | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.route.service}: {self.route.name} by {self.member.name}, {self.way}"


class Multiplier(Requests):
    """Makes the checks of one stage."""

    def __init__(self, pivot: Pivot, stage: Stage) -> None:
        super().__init__(stage)
        self._pivot = pivot

    def checks(self, routes: list[Route] | None = None) -> Iterator[Check]:
        """Every check of these routes, or of all."""
        for route in self._pivot.of(self._stage.name) if routes is None else routes:
            for member in CAST:
                yield from self._cell(route, member)

    def _cell(self, route: Route, member: Member) -> Iterator[Check]:
        if route.does == "signed":
            yield from self._signed(route, member)
        elif route.does in ("mine", "public"):
            yield from self._mine(route, member)
        elif route.does == "list":
            yield from self._listed(route, member)
        elif route.does == "create":
            yield from self._created(route, member)
        else:
            yield from self._reached(route, member)

    # ── one thing, by its id ────────────────────────────────────────────────────────────────────────────────────────

    def _reached(self, route: Route, member: Member) -> Iterator[Check]:
        thing = self._stage.thing(route.object, member)
        if member.is_owner:
            member = replace(member, number=thing.owner)
        if not (route.allows(member) and self._theirs(member, thing)):
            yield from self._refused(route, member, thing, self._pivot.refusal(route, member))
            return
        yield self._answered(route, member, thing)
        if (own := self._stage.own(route.object, member.number)) is not None and own.id != thing.id:
            yield from self._own_with_foreign_words(route, member, own, thing)
        stands_in = member.actor in RELATIONS and not thing.seen_by_others
        if thing.opener is not None and (stands_in or member.kind == "integrator"):
            # The relation holds, or the scope is right, and the case is somebody else's.
            other = next(
                t
                for t in self._stage.things
                if t.kind == route.object and t.opener not in (member.number, thing.opener, None)
            )
            yield from self._refused(route, member, other, 404)

    @staticmethod
    def _theirs(member: Member, thing: Thing) -> bool:
        if thing.opener is None or thing.owner == member.number or member.kind != "person":
            return True
        if member.actor == "grantee":
            return thing.seen_by_others or thing.opener == BY_NAME["sponsor.active"].number
        return thing.seen_by_others or thing.opener == member.number

    def _answered(self, route: Route, member: Member, thing: Thing) -> Check:
        return Check(
            route, member, "allowed", self.request(route, member, thing), frozenset(route.answers),
            spoken=frozenset(thing.names[name] for name in route.tells if name in thing.names),
            anything=not route.tells, profile=profile_of(route, member, thing.owner), refused=False,
        )  # fmt: skip

    def _refused(self, route: Route, member: Member, thing: Thing, status: int) -> Iterator[Check]:
        statuses = frozenset({status})
        check = partial(Check, route, member, statuses=statuses)
        ask = partial(self.request, route, member)
        absent = ask(thing, absent=True)
        # One's own that one may not move, and a case of the work list that is not assigned: that it exists is no secret.
        like = absent if status == 404 or self._pivot.is_by_door(route, member) else None
        yield check("path or body id", ask(thing), like=like)
        claims = {"person": thing.owner, "on_behalf_of": thing.owner, "role": "officer", "sponsor": member.number}
        yield check("query claims", replace(ask(thing), query=urlencode(claims)), like=like)
        if route.method == "GET":
            conditional = (("If-None-Match", "*"), ("If-Modified-Since", "Mon, 01 Jan 2001 00:00:00 GMT"))
            yield check("conditional", with_headers(ask(thing), *conditional), like=like)
            yield check("range", with_headers(ask(thing), ("Range", "bytes=0-99"), ("Accept", "*/*")), like=like)
        else:
            yield from self._by_body(route, member, thing, statuses)
        if route.parameters:
            yield from self._by_batch(route, member, thing)
        if len(route.parameters) > 1 and (own := self._stage.own(route.object, member.number)) is not None:
            yield from self._by_nesting(route, member, own, thing, statuses)
        if route.method == "POST":
            yield from self._by_key(route, member, thing, statuses)
        own = None if member.kind == "ended" else self._stage.own(route.object, member.number)
        if own is not None:
            yield from self._own_with_foreign_words(route, member, own, thing)

    def _by_body(self, route: Route, member: Member, thing: Thing, statuses: frozenset[int]) -> Iterator[Check]:
        if route.upload:
            return
        claimed = {"person": thing.owner, "applicant": member.number, "role": "officer", "holder": member.number}
        body = {**(self.body(route, thing) or {}), **claimed}
        asked = self.request(route, member, thing, body=body)
        yield Check(route, member, "claims in the body", asked, statuses | {422})
        listed = self.request(route, member, thing, body=[self.body(route, thing), {"id": thing.id}])
        yield Check(route, member, "a list for a body", listed, statuses | {422})

    def _by_batch(self, route: Route, member: Member, thing: Thing) -> Iterator[Check]:
        own = self._stage.own(route.object, member.number)
        mine = own.id if own else ABSENT
        name = route.parameters[0]
        path = route.path.replace("{" + name + "}", f"{mine},{thing.names[name]}")
        for other in route.parameters[1:]:
            path = path.replace("{" + other + "}", thing.names.get(other, ABSENT))
        asked = replace(self.request(route, member, thing), path=path)
        yield Check(route, member, "ids in a row", asked, frozenset({422, 404, 401, 403}))

    def _by_nesting(
        self, route: Route, member: Member, own: Thing, thing: Thing, statuses: frozenset[int]
    ) -> Iterator[Check]:
        first, last = route.parameters[0], route.parameters[-1]
        if thing.names[last] == own.names[last]:
            return
        mixed = replace(thing, names={**thing.names, first: own.names[first]})
        yield Check(route, member, "own parent, foreign child", self.request(route, member, mixed), statuses)
        mixed = replace(thing, names={**thing.names, last: own.names[last]})
        yield Check(route, member, "foreign parent, own child", self.request(route, member, mixed), statuses)

    def _own_with_foreign_words(self, route: Route, member: Member, own: Thing, thing: Thing) -> Iterator[Check]:
        words = [("person", thing.owner), ("id", thing.id), *((n, v) for n, v in thing.names.items())]
        asked = replace(self.request(route, member, own), query=urlencode(words))
        anyhow = frozenset({200, 201, 204, 403, 404, 409, 422, 503})
        theirs = member.actor == "holder"
        yield Check(route, member, "own path, foreign query", asked, anyhow, anything=theirs, refused=False)

    # ── lists ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _listed(self, route: Route, member: Member) -> Iterator[Check]:
        ask = Asked(route.method, route.path, headers=self._stage.bearer(member))
        desk = route.door == "desk"
        if member.kind not in ("person", "staff") or (desk and not route.allows(member)):
            status = frozenset({self._pivot.refusal(route, member)})
            for query in (
                "",
                "limit=100",
                f"person={OWNERS[0]}",
                "cursor=AAAAAAAAAAAAAAAAAAAAAA",
                "offset=0&count=true",
            ):
                yield Check(route, member, f"list {query}", replace(ask, query=query), status)
            return
        seen = self._seen(route, member)
        spoken = frozenset(
            word for each in seen for word in (each.names.values() if not route.tells else self._told(route, each))
        )
        check = partial(
            Check, route, member, statuses=frozenset(route.answers), spoken=spoken,
            anything=not desk and any(each.owner in OWNERS for each in seen), refused=False,
        )  # fmt: skip
        ids = frozenset(each.id for each in seen) if route.lists else None
        profiles = {each.id: profile_of(route, member, each.owner) for each in seen}
        yield check("the whole list, page by page", replace(ask, query="limit=2"), ids=ids)
        whole = None if route.lists else profile_of(route, member, member.number)
        yield check("one long page", replace(ask, query="limit=100"), ids=ids, profile=whole, profiles=profiles)
        thing = next((t for t in self._stage.things if t.kind in route.lists and t.owner in OWNERS), None)
        words = {"person": OWNERS[0], "owner": OWNERS[0], "q": OWNERS[0], "all": "true"} | (
            thing.names if thing else {}
        )
        yield (
            check("filters nobody offered", replace(ask, query=urlencode({"limit": 100, **words})))
            if not desk
            else check(
                "filters nobody offered",
                replace(ask, query=urlencode({"limit": 100, "all": "true", "person": OWNERS[0]})),
            )
        )

    def _told(self, route: Route, thing: Thing) -> list[str]:
        return [thing.names[name] for name in route.tells if name in thing.names]

    def _seen(self, route: Route, member: Member) -> list[Thing]:
        """What the list shows to this member: their own, and what the table lets them see through their relation."""
        things = [each for each in self._stage.things if each.kind in route.lists]
        if route.door == "desk":
            return things
        related: set[str] = set()
        if route.allows(member) and member.actor != "holder":
            related = set(OWNERS)
            if member.actor == "grantee" and self._stage.grantor == "@owner":
                # A grant opens whom its grantor stands in for, too.
                related |= {each.number for each in CAST if each.state == "reversed" and each.actor in route.by}
        elif member.actor in route.by and member.state == "other_object":
            related = {SIBLING}
        elif member.actor in route.by and member.state == "transitive":
            related = {tie.object for tie in member.ties}
        elif member.actor == "holder":
            related = {each.number for each in CAST if each.state == "reversed" and each.actor in route.by}
        through = [each for each in things if each.owner in related and self._theirs(member, each)]
        through += [each for each in things if each.kind in route.seen_by.get(member.name, ())]
        return [each for each in things if each.owner == member.number] + through

    # ── what is opened for somebody, what is one's own, what is everybody's ─────────────────────────────────────────

    def _created(self, route: Route, member: Member) -> Iterator[Check]:
        thing = Thing("person", OWNERS[0], {"owner": OWNERS[0]})
        asked = self.request(route, member, thing)
        if route.allows(member):
            shown = profile_of(route, member, OWNERS[0])
            statuses = frozenset(route.answers)
            yield Check(route, member, "allowed", asked, statuses, profile=shown, anything=True, refused=False)
            return
        status = self._pivot.refusal(route, member)
        nobody = self.request(route, member, Thing("person", NOBODY_KNOWN, {"owner": NOBODY_KNOWN}))
        check = partial(Check, route, member, statuses=frozenset({status}))
        if route.body is None:
            yield check("asked for", asked)
            return
        yield check("person in the body", asked, like=nobody if self._pivot.is_by_door(route, member) else None)
        yield check("query claims", replace(asked, query=urlencode({"role": "sponsor", "person": OWNERS[0]})))
        body = self.body(route, thing) | {"applicant": member.number, "relation": "sponsor", "holder": member.number}
        claiming = self.request(route, member, thing, body=body)
        yield Check(route, member, "claims in the body", claiming, frozenset({status, 422}))
        both = self.request(
            route, member, thing, body={**self.body(route, thing), "person": [member.number, OWNERS[0]]}
        )
        yield Check(route, member, "people in a row", both, frozenset({status, 422}))
        yield from self._by_key(route, member, thing, frozenset({status}))

    def _by_key(self, route: Route, member: Member, thing: Thing, statuses: frozenset[int]) -> Iterator[Check]:
        """The owner's kept answer, and the asker's own of the day when they were still allowed."""
        if member.actor != "holder":
            asked = self.request(route, member, thing, key=OWNERS_KEY)
            yield Check(route, member, "the owner's idempotency key", asked, statuses, thing=thing)
        if member.actor in route.by and member.state.startswith("end"):
            asked = self.request(route, member, thing, key=OWN_KEY)
            yield Check(route, member, "a key of one's own, from before it ended", asked, statuses, thing=thing)

    def _mine(self, route: Route, member: Member) -> Iterator[Check]:
        thing = self._stage.thing(route.object) if route.object else Thing("person", OWNERS[0], {"owner": OWNERS[0]})
        thing = replace(thing, names={**thing.names, "owner": OWNERS[0], "absent": ABSENT})
        spoken = frozenset(thing.names[name] for name in route.tells)
        ask = self.request(route, member, thing)
        if not route.allows(member):
            status = frozenset({self._pivot.refusal(route, member)})
            yield Check(route, member, "one's own", ask, status, spoken=spoken)
            return
        theirs = member.actor == "holder" and route.does == "mine"
        check = partial(
            Check, route, member, statuses=frozenset(route.answers), spoken=spoken, anything=theirs, refused=False
        )
        yield check("one's own", ask, profile=profile_of(route, member, member.number))
        words = {"person": OWNERS[0], "number": OWNERS[0], "on_behalf_of": OWNERS[0]}
        yield check("query claims", replace(ask, query=urlencode(words)))
        if route.does == "mine" and route.method == "POST" and member.actor != "holder":
            again = self.request(route, member, thing, key=OWNERS_KEY)
            yield check("the owner's idempotency key", again, statuses=check.keywords["statuses"] | {422}, thing=thing)

    def _signed(self, route: Route, member: Member) -> Iterator[Check]:
        thing = self._stage.thing(route.object)
        status = frozenset({self._pivot.refusal(route, member)})
        ask = self.request(route, member, thing)
        stamps = (("webhook-id", "msg_1"), ("webhook-timestamp", "1790000000"), ("webhook-signature", "v1,AAAA"))
        yield Check(route, member, "unsigned", ask, status)
        yield Check(route, member, "signed by nobody", with_headers(ask, *stamps), status)
