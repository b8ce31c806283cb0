"""`python -m gateway serve` runs the front door; `describe` prints what it routes, as JSON."""

import argparse
import asyncio
import sys

import orjson
import uvicorn

from chassis.collecting import spare_what_stays
from chassis.telemetry import logs
from gateway import limits, routes, settings
from gateway.app import create_gateway
from gateway.metrics_app import MetricsApp
from gateway.server import GatewayServer


async def serve(chosen: settings.Settings) -> None:
    """The gateway on its port and its figures on the inner one, until a signal."""
    gateway = create_gateway(chosen)
    server = GatewayServer(gateway, host=chosen.host, port=chosen.port)
    inner = uvicorn.Server(
        uvicorn.Config(
            MetricsApp(gateway),
            host=chosen.metrics_host,
            port=chosen.metrics_port,
            interface="asgi3",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
        )
    )
    spare_what_stays()
    beside = asyncio.create_task(inner._serve())
    try:
        await server.serve()
    finally:
        inner.should_exit = True
        await beside


def describe() -> bytes:
    """The routes and classes as an operator or a test reads them."""
    table = routes.read(limits.read())
    rows = [
        {
            "prefix": route.prefix,
            "service": route.service,
            "public": route.public,
            "reading": route.reading.name,
            "acting": route.acting.name,
            "body_bytes": route.body,
        }
        for route in table.all
    ]
    return orjson.dumps({"service": "gateway", "routes": rows}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m gateway", description=__doc__)
    parser.add_argument("command", choices=["serve", "describe"])
    if parser.parse_args().command == "describe":
        sys.stdout.buffer.write(describe())
        return
    chosen = settings.read()
    logs.configure(chosen.log_level)
    with asyncio.Runner(loop_factory=_uvloop) as runner:
        runner.run(serve(chosen))


def _uvloop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()


if __name__ == "__main__":
    main()
