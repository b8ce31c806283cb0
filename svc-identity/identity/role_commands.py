"""`python -m identity approve-role-change REFERENCE`: whoever has the machine is the second pair of eyes while there is no other."""

import argparse
import sys
from collections.abc import Sequence

from chassis.clock import Clock
from chassis.database import Sight
from chassis.lifecycle import MoveNotOpen, RequirementsMissing
from chassis.refusals import NotFound
from identity.actions.change_role import approve_here
from identity.settings import IdentitySettings
from identity.wiring import create_service

SIGHT = Sight.system("approve-role-change")


async def approve_role_change_here(read: IdentitySettings, arguments: Sequence[str]) -> None:
    """Approve it and say what holds now; else what stands in the way."""
    parser = argparse.ArgumentParser(prog="python -m identity approve-role-change")
    parser.add_argument("reference", help="ROL-…, as the proposal's page shows it")
    reference = parser.parse_args(arguments).reference.strip().upper()
    service = create_service(read, Clock())
    try:
        async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
            change = await approve_here(service, session, reference)
    except NotFound:
        sys.exit(f"no role change {reference}")
    except MoveNotOpen as refused:
        sys.exit(f"{reference} is {refused.words['status']} already")
    except RequirementsMissing as refused:
        sys.exit(
            "\n".join(
                service.texts.both(f"requirement.{each.requirement.name}", "failed")["en"] for each in refused.findings
            )
        )
    finally:
        await service.close()
    print(f"{change.person}: {change.role} at {change.office}: {change.direction}")
