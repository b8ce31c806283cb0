"""`python -m identity activate-batch FILE`: hands a file of activations in on the machine itself; the worker does the rest."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from chassis.clock import Clock
from chassis.database import Sight
from identity.actions.take_batch import take_batch_here
from identity.domain.account import Channel
from identity.domain.batch import BatchUnreadable, Format, read_rows
from identity.settings import IdentitySettings
from identity.wiring import create_service

SIGHT = Sight.system("activate-batch")


async def activate_batch(read: IdentitySettings, arguments: Sequence[str]) -> None:
    """Write the rows down, in as many batches as the rule on their length makes of them, and say how each line stands."""
    given = _parsed(arguments)
    written = Format.JSON_LINES if given.file.suffix in (".jsonl", ".ndjson", ".json") else Format.CSV
    try:
        rows = read_rows(given.file.read_bytes(), written)
    except (OSError, BatchUnreadable) as unreadable:
        sys.exit(f"{given.file} cannot be read: {unreadable}")
    service = create_service(read, Clock())
    try:
        most = service.rules().number("identity.batch.most_rows")
        for start in range(0, len(rows), most):
            some = rows[start : start + most]
            async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
                batch = await take_batch_here(service, session, some, given.channel, given.office)
            faults = {str(row.line): list(row.faults) for row in some if row.faults}
            print(
                json.dumps({"batch": str(batch.id), "reference": batch.reference, "rows": len(some), "refused": faults})
            )
    finally:
        await service.close()


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m identity activate-batch")
    parser.add_argument("file", type=Path, help="CSV, or JSON lines when it is called .jsonl or .ndjson")
    parser.add_argument("--channel", type=Channel, choices=list(Channel), default=Channel.OFFICE)
    parser.add_argument("--office", default="command")
    return parser.parse_args(arguments)
