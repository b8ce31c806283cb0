"""What the journeys share: the gateway's address, the outside, the demo sign-ins, and the teller."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from journeys.caller import Authenticator, Caller
from journeys.outside import Outside, Telephone
from journeys.telling import Teller

PORTRAITS = Path(__file__).resolve().parents[2] / "svc-passport" / "tests" / "portraits.py"


@dataclass
class World:
    """One platform, seen from outside."""

    gateway: str
    outside: Outside
    sign_ins: dict[str, dict[str, str]]
    teller: Teller
    callers: dict[str, Caller] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    async def staff(self, role: str) -> Caller:
        """A member of staff, signed in with password and authenticator; once for all journeys."""
        if role not in self.callers:
            known = self.sign_ins[role]
            caller = Caller(self.gateway)
            self.callers[role] = await caller.sign_in(
                known["number"], known["password"], Authenticator(known["totp_secret"])
            )
        return self.callers[role]

    async def person(self, role: str) -> Caller:
        """A seeded person, signed in with password and the code that came by text."""
        if role not in self.callers:
            known = self.sign_ins[role]
            self.callers[role] = await self.signed_in(known["number"], known["password"], known["mobile"])
        return self.callers[role]

    async def signed_in(self, number: str, password: str, mobile: str) -> Caller:
        """Anybody with an account."""
        return await Caller(self.gateway).sign_in(number, password, Telephone(self.outside, mobile))

    async def close(self) -> None:
        for caller in self.callers.values():
            await caller.close()
        await self.outside.close()


def portrait() -> bytes:
    """A drawn portrait of nobody that passes the pre-check."""
    spec = importlib.util.spec_from_file_location("portraits", PORTRAITS)
    assert spec is not None
    assert spec.loader is not None
    drawing = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(drawing)
    return bytes(drawing.saved(drawing.drawn()))
