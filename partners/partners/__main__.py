"""The simulators' command line: `python -m partners simulate | migrate | describe`."""

import argparse
import asyncio
import json
import signal

from chassis import migrations, settings
from chassis.clock import Clock
from chassis.telemetry import logs
from partners.simulators.app import create_simulators
from partners.simulators.magic import table
from partners.simulators.models import Base
from partners.simulators.settings import PartnersSettings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m partners")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("simulate", help="run the simulators of all outside bodies")
    commands.add_parser("migrate", help="bring the database forward to this version")
    commands.add_parser("describe", help="print wires, tables and magic numbers")
    command = parser.parse_args().command
    if command == "describe":
        print(json.dumps(describe(), indent=1, ensure_ascii=False))
        return
    read = settings.read(PartnersSettings)
    logs.configure(read.log_level)
    if command == "migrate":
        asyncio.run(migrations.migrate("partners", read.owner_database_url or read.database_url))
    else:
        asyncio.run(simulate(read))


def describe() -> dict[str, object]:
    """What the simulators consist of, without a database."""
    simulators = create_simulators(PartnersSettings(), Clock())
    return {
        "package": "partners",
        "routes": simulators.routes(),
        "tables": sorted(Base.metadata.tables),
        "magic_numbers": {row.code: row.title.model_dump() for row in table().person},
        "magic_mobiles": {row.ending: row.title.model_dump() for row in table().mobile},
        "magic_mailboxes": {row.name: row.title.model_dump() for row in table().mailbox},
    }


async def simulate(read: PartnersSettings) -> None:
    """Run until told to stop."""
    simulators = create_simulators(read, Clock(sandbox=read.in_development))
    stopping = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stopping.set)
    await simulators.start()
    ports = {"http": simulators.http_port, "smpp": simulators.smpp_port, "smtp": simulators.smtp_port}
    print(json.dumps(ports), flush=True)
    try:
        await stopping.wait()
    finally:
        await simulators.stop()


if __name__ == "__main__":
    main()
