"""Identity's own commands beside those every service has: seeds, keys, clients, batches, the first administrators."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any

from chassis import settings
from chassis.clock import Clock
from chassis.database import Sight
from chassis.rulebook import Rulebook
from identity.actions.enrol import AdministratorExists, invite_first_administrator
from identity.batch_commands import activate_batch
from identity.client_commands import add_client_here, end_client_here
from identity.keys import SigningKeys
from identity.loading import load_accounts
from identity.role_commands import approve_role_change_here
from identity.seeds import OFFICE, seed
from identity.settings import IdentitySettings
from identity.wiring import NAME, Identity, create_service


def run(command: str, arguments: Sequence[str] = ()) -> None:
    """Carry out one command and print what it made."""
    read = settings.read(IdentitySettings)
    asyncio.run(COMMANDS[command](read, arguments))


async def _seed(read: IdentitySettings, _: Sequence[str]) -> None:
    async def made(service: Identity) -> None:
        print(json.dumps(await seed(service), indent=1, ensure_ascii=False))

    if not read.in_development:
        sys.exit("there are no seeds outside development: python -m identity first-administrator")
    await _with_service(read, made)


async def _first_administrator(read: IdentitySettings, _: Sequence[str]) -> None:
    async def made(service: Identity) -> None:
        sight = Sight.system("first-administrator")
        try:
            async with service.database.transaction(sight, now=service.clock.now()) as session:
                invitation = await invite_first_administrator(service, session, OFFICE)
        except AdministratorExists:
            sys.exit("the first administrator was invited already; administrators invite the next ones")
        print(f"staff number: {invitation.account.person}\nlink (good once): {invitation.url}")

    await _with_service(read, made)


async def _rotate_keys(read: IdentitySettings, _: Sequence[str]) -> None:
    kept = Rulebook.of(NAME).on(Clock().today()).number("identity.keys.retired_kept")
    SigningKeys(read.secrets_dir).rotate(timedelta(seconds=kept))
    print("the next key signs from now on; the one before stays published for as long as it is believed")


async def _with_service(read: IdentitySettings, work: Callable[[Identity], Awaitable[None]]) -> None:
    service = create_service(read, Clock())
    try:
        await work(service)
    finally:
        await service.close()


COMMANDS: dict[str, Callable[[IdentitySettings, Sequence[str]], Coroutine[Any, Any, None]]] = {
    "seed": _seed,
    "first-administrator": _first_administrator,
    "approve-role-change": approve_role_change_here,
    "rotate-keys": _rotate_keys,
    "add-client": add_client_here,
    "end-client": end_client_here,
    "activate-batch": activate_batch,
    "load-accounts": load_accounts,
}
