"""Telling a journey as a person would, in Arabic and English, and counting the promises that were checked on the way."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Teller:
    """Prints steps and checks. A check that fails is told and counted; the journey goes on while it can."""

    quiet: bool = False
    checks: int = 0
    failed: list[str] = field(default_factory=list)
    journeys: int = 0

    def journey(self, name: str, ar: str, en: str) -> None:
        """Begin a journey."""
        self.journeys += 1
        self._print(f"\n{name} ── {ar}\n     {en}")

    def step(self, ar: str, en: str) -> None:
        """Tell what happened."""
        self._print(f"  • {ar}\n    {en}")

    def check(self, holds: object, what: str) -> bool:
        """Count a promise: kept or broken."""
        self.checks += 1
        if not holds:
            self.failed.append(what)
            self._print(f"    ✗ {what}", always=True)
        else:
            self._print(f"    ✓ {what}")
        return bool(holds)

    def equal(self, found: object, expected: object, what: str) -> bool:
        """Count a promise about a value, and tell both when they differ."""
        return self.check(found == expected, what if found == expected else f"{what}: {found!r}, not {expected!r}")

    def _print(self, line: str, *, always: bool = False) -> None:
        if always or not self.quiet:
            print(line, flush=True)
