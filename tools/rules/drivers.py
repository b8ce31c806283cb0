"""Only the chassis imports the broker's and the database's driver, and only it makes engines.

Confirms, acknowledgements, time limits, tracing and the transaction are decided there once. A second connection made elsewhere
has none of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from tools.rules.source import Source, Violation

_DRIVERS = {"aio_pika", "aiormq", "asyncpg", "psycopg", "psycopg2"}
_ENGINE_MAKERS = {
    "create_engine",
    "create_async_engine",
    "sessionmaker",
    "async_sessionmaker",
    "async_engine_from_config",
    "engine_from_config",
}


def check(source: Source) -> Iterator[Violation]:
    """Driver imports and engine makers in the product outside the chassis; tools, launchers and tests are free."""
    if not source.is_python or source.is_test or source.is_tooling or source.path.parts[:2] == ("chassis", "chassis"):
        return
    for line, name in source.imports():
        if name.split(".")[0] in _DRIVERS:
            yield source.at(line, f"{name}: only the chassis imports a driver")
        elif name.startswith("sqlalchemy") and name.rpartition(".")[2] in _ENGINE_MAKERS:
            yield source.at(line, f"{name}: only the chassis makes engines and sessions")
