"""The demo with three lies planted into the platform, to prove that its checks can fail: a wrong fee, a text that is
never sent, and a wrong digit in the machine-readable zone. Prints which checks broke, as one JSON line.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

import uvloop
from demo import demonstrate

from chassis.rulebook import RulesOnDay
from partners.intents.texts import Done, TextSender
from passport.api import views

FEE = "passport.application.fee"


def a_wrong_fee() -> None:
    """One riyal less than what is published."""
    table = RulesOnDay.table

    def wrong(self: RulesOnDay, rule_id: str) -> Any:
        value = table(self, rule_id)
        return {years: amount - 100 for years, amount in value.items()} if rule_id == FEE else value

    RulesOnDay.table = wrong  # type: ignore[method-assign]


def a_missing_text() -> None:
    """Texts of notify are called sent and, from the third on, never are."""
    send = TextSender._send
    seen: list[str] = []

    async def forgetful(self: TextSender, service: Any, intent: Any, without: Any) -> Any:
        if service.name == "notify":
            seen.append(intent.reference)
            if len(seen) > 2:
                return Done({"parts": 1, "message_ids": ["never"]})
        return await send(self, service, intent, without)

    TextSender._send = forgetful  # type: ignore[method-assign]


def a_wrong_digit() -> None:
    """The zone shows another composite check digit than the one that is right."""
    booklet = views.booklet

    def wrong(*given: Any, **named: Any) -> Any:
        view = booklet(*given, **named)
        if view.zone:
            first, second = view.zone
            view.zone = [first, second[:-1] + str((int(second[-1]) + 1) % 10)]
        return view

    views.booklet = wrong


def main() -> int:
    for plant in (a_wrong_fee, a_missing_text, a_wrong_digit):
        plant()
    failed: list[str] = []
    summary = uvloop.run(demonstrate(["J2"], quiet=True, broken=failed))
    print(json.dumps({**summary, "broken": failed}, ensure_ascii=False))
    return 1 if summary["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
