"""The pledges an applicant gives: short, one to a box, versioned. Which are asked for is a dated rule; texts are kept apart."""

from dataclasses import dataclass

from chassis.rulebook import RulesOnDay

IN_FORCE = "passport.renewal.pledges"


@dataclass(frozen=True)
class Pledge:
    """One pledge in one version; a changed text is a new version, and is accepted anew."""

    name: str
    version: int

    @property
    def identity(self) -> tuple[str, int]:
        return (self.name, self.version)

    @property
    def text_key(self) -> str:
        return f"pledge.{self.name}.v{self.version}"


def pledges_in_force(rules: RulesOnDay) -> tuple[Pledge, ...]:
    """The pledges asked for on the rules' day, in the order they are shown. Rule passport.renewal.pledges."""
    return tuple(Pledge(name, version) for name, version in rules.table(IN_FORCE).items())
