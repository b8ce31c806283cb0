"""Statements about an envelope that must be true before it moves, each with the step that mends it."""

from dataclasses import dataclass
from datetime import datetime

from chassis.requirements import Verdict, being_checked, failed, holds, met, requirement, waits_while_frozen
from chassis.rulebook import RulesOnDay

FREEZE = "delivery.freeze.acts"
"""Names the acts that wait while whoever acts has a mobile that is new (`waits_while_frozen`)."""


@dataclass(frozen=True)
class ShipmentFacts:
    """What is known when a move is asked for. What a move does not look at keeps its default.

    `frozen_until` is of the account that acts, when it is frozen now.
    """

    now: datetime
    rules: RulesOnDay | None = None
    frozen_until: datetime | None = None
    claim_open_from: datetime | None = None
    order_was_refused: bool = False
    address_is_registered: bool | None = None
    document_matches: bool = False
    envelope_matches: bool = False
    code_is_right: bool = False
    old_document_is_there: bool = False


@requirement(remedy="wait_for_the_label")
def order_was_refused(facts: ShipmentFacts) -> Verdict:
    """The post would not take the order as it was; else there is nothing to change about it."""
    return holds(facts.order_was_refused)


@requirement(remedy="choose_a_registered_address", rule="delivery.facts.fresh_for")
def address_is_registered(facts: ShipmentFacts) -> Verdict:
    """The address is one of the holder's registered ones, as the post has them."""
    if facts.address_is_registered is None:
        return being_checked()
    return holds(facts.address_is_registered)


@requirement(remedy="scan_the_document_again")
def document_matches(facts: ShipmentFacts) -> Verdict:
    """The document in the clerk's hand is the one this envelope was ordered for."""
    return holds(facts.document_matches)


@requirement(remedy="take_the_envelope_on_the_list")
def envelope_matches(facts: ShipmentFacts) -> Verdict:
    """The envelope in the clerk's hand carries the label the post gave for this order."""
    return holds(facts.envelope_matches)


@requirement(remedy="ask_for_the_code", rule="delivery.door_code.guesses")
def door_code_is_right(facts: ShipmentFacts) -> Verdict:
    """Whoever opened the door gave the code that was sent for this round."""
    return holds(facts.code_is_right)


@requirement(remedy="collect_the_old_document")
def old_document_is_collected(facts: ShipmentFacts) -> Verdict:
    """The old document was handed out at the door, and its number is the expected one; or none is expected."""
    return holds(facts.old_document_is_there)


@requirement(remedy="wait_until_claims_open", rule="delivery.loss.claim_after")
def claim_is_open(facts: ShipmentFacts) -> Verdict:
    """The post has had the envelope long enough for its absence to be a reason to search."""
    opens = facts.claim_open_from
    if opens is None:
        return failed()
    if facts.now < opens:
        return failed(opens.isoformat(), open_from=opens.date().isoformat())
    return met(opens.isoformat())


readdressing_is_open = waits_while_frozen("readdress", FREEZE)
ordering_again_is_open = waits_while_frozen("order_again", FREEZE)
claiming_is_open = waits_while_frozen("claim", FREEZE)
REQUIREMENTS = (
    readdressing_is_open,
    order_was_refused,
    address_is_registered,
    document_matches,
    envelope_matches,
    door_code_is_right,
    old_document_is_collected,
    claim_is_open,
)
