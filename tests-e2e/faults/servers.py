"""The real servers under a run: PostgreSQL with fsync on and RabbitMQ, each run with databases and a host of its own."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from chassis.migrations import migrate
from deploy.embedded.databases import Passwords, ServiceDatabase, clone_service_database, create_service_database
from deploy.embedded.postgres import Cluster
from tools.servers.fetching import find_or_fetch
from tools.servers.rabbitmq import Node


class Servers:
    """PostgreSQL with fsync on and RabbitMQ, both private; shared by all runs, a database and a virtual host each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._templates: dict[str, ServiceDatabase] = {}
        self._migrating = asyncio.Lock()
        self.postgres = Cluster(
            folder / "pg",
            log_dir=folder / "log",
            password_file=folder / "pg-password",
            options={"max_connections": 200},
        )
        self.rabbit = Node(folder / "mq", find_or_fetch("rabbitmq", print))

    def start(self) -> None:
        self.postgres.start()
        self.rabbit.start()

    def stop(self) -> None:
        self.rabbit.stop()
        self.postgres.stop()

    async def database(self, package: str) -> ServiceDatabase:
        """A database of its own, cloned from one that was migrated once: migrations run one at a time in a process."""
        async with self._migrating:
            if package not in self._templates:
                passwords = Passwords("owner-password", "run-password", "verify-password")
                made = await create_service_database(self.postgres.dsn(), package, passwords, prefix="faults_")
                await migrate(package, made.owner_dsn)
                self._templates[package] = made
            name = f"f{secrets.token_hex(3)}_{package}"
            return await clone_service_database(self.postgres.dsn(), self._templates[package], name)

    def new_host(self) -> str:
        """A virtual host of its own; its amqp address."""
        name = f"r{secrets.token_hex(4)}"
        self.rabbit.api(f"vhosts/{name}", method="PUT")
        user = urlsplit(self.rabbit.amqp_url).username
        rights = {"configure": ".*", "write": ".*", "read": ".*"}
        self.rabbit.api(f"permissions/{name}/{user}", method="PUT", body=rights)
        return self.rabbit.amqp_url.rstrip("/") + "/" + name
