"""`python -m portal serve | describe`."""

import argparse
import json

import uvicorn

from chassis import settings
from chassis.telemetry import logs
from portal.app import SECTIONS, create_portal, routes_of
from portal.settings import PortalSettings


def main() -> None:
    """Run the portal's command line."""
    parser = argparse.ArgumentParser(prog="python -m portal")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer HTTP")
    commands.add_parser("describe", help="print what this program is: pages, and what it asks of the gateway")
    command = parser.parse_args().command
    if command == "describe":
        told = {"program": "portal", "pages": routes_of(), "asks": [section.path for section in SECTIONS]}
        print(json.dumps(told, indent=1, ensure_ascii=False))
        return
    read = settings.read(PortalSettings)
    logs.configure(read.log_level)
    uvicorn.run(create_portal(read), host=read.host, port=read.port, log_config=None, access_log=False)


if __name__ == "__main__":
    main()
