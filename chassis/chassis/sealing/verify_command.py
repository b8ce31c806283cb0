"""`python -m <service> verify-audit [--witness DSN|file]`: says what was found, and fails when anything was tampered with."""

from typing import Any

from chassis.sealing.verifying import Verdict, verify
from chassis.settings import ServiceSettings


async def verify_audit(blueprint: Any, read: ServiceSettings, witness: str | None) -> int:
    """Print the verdict; 0 when every row and seal is as it was, 1 when not."""
    verdict = await verify(read.database_url, blueprint.name, witness)
    print(told_of(verdict))
    return 0 if verdict.fault is None else 1


def told_of(verdict: Verdict) -> str:
    """The verdict for whoever runs the command."""
    found = f"{verdict.seals} batches, {verdict.rows} rows; {verdict.unsealed} newer rows wait for their seal"
    if verdict.fault is not None:
        return f"TAMPERED: batch {verdict.fault.number}: {verdict.fault.what} ({found})"
    if verdict.witnessed is None:
        return f"sound: {found}. Without --witness a cut or rewritten end is not seen"
    return f"sound: {found}; the newest head kept elsewhere is of batch {verdict.witnessed}"
