"""What must be true before a notice goes out, each statement with the step that mends it."""

from dataclasses import dataclass

from chassis.requirements import Verdict, holds, requirement


@dataclass(frozen=True)
class NoticeFacts:
    """What is known of a notice when it is to move. `attempts_left` counts tries the dated rule still allows."""

    has_contact: bool = False
    attempts_left: int = 0


@requirement(remedy="add_contact")
def contact_is_known(facts: NoticeFacts) -> Verdict:
    """Without a verified mobile (or e-mail address) of the recipient nothing can be sent."""
    return holds(facts.has_contact)


@requirement(remedy="read_in_portal")
def attempts_are_left(facts: NoticeFacts) -> Verdict:
    """A message that failed is sent again only as often as the rule of its channel allows."""
    return holds(facts.attempts_left > 0, facts.attempts_left)
