"""`python -m identity add-client` and `end-client`: who may ask for tokens is decided on the machine itself."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chassis.clock import Clock
from chassis.database import Sight
from identity.actions.add_client import ClientRefused, add_client, end_client
from identity.domain.clients import AuthMethod, GrantType
from identity.domain.registering import NewClient
from identity.settings import IdentitySettings
from identity.wiring import create_service

SIGHT = Sight.system("clients")
_GRANTS = {
    "code": GrantType.CODE,
    "refresh": GrantType.REFRESH,
    "client": GrantType.CLIENT,
    "device": GrantType.DEVICE,
    "exchange": GrantType.EXCHANGE,
}


async def add_client_here(read: IdentitySettings, arguments: Sequence[str]) -> None:
    """Add it and print what it needs to know; a secret is told this once."""
    new = _parsed(arguments)
    service = create_service(read, Clock())
    try:
        async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
            secret = await add_client(service, session, new)
    except ClientRefused as refused:
        sys.exit("\n".join(refused.faults))
    finally:
        await service.close()
    told = {"client_id": new.id, "token_endpoint_auth_method": str(new.auth_method), "issuer": read.public_url}
    print(json.dumps(told | ({"client_secret": secret} if secret else {}), indent=1))


async def end_client_here(read: IdentitySettings, arguments: Sequence[str]) -> None:
    """End it: its tokens are refused at the door within seconds."""
    parser = argparse.ArgumentParser(prog="python -m identity end-client")
    parser.add_argument("id")
    client_id = parser.parse_args(arguments).id
    service = create_service(read, Clock())
    try:
        async with service.database.transaction(SIGHT, now=service.clock.now()) as session:
            ended = await end_client(service, session, client_id)
    finally:
        await service.close()
    if not ended:
        sys.exit(f"no client {client_id} that could end")
    print(f"{client_id} has ended, and every token it had")


def _parsed(arguments: Sequence[str]) -> NewClient:
    parser = argparse.ArgumentParser(prog="python -m identity add-client")
    parser.add_argument("id")
    parser.add_argument("--name-ar", required=True)
    parser.add_argument("--name-en", required=True)
    parser.add_argument("--channel", default="api", help="how acts through it are marked: api, bank, kiosk, …")
    parser.add_argument("--auth-method", type=AuthMethod, choices=list(AuthMethod), required=True)
    parser.add_argument("--grant", action="append", choices=list(_GRANTS), required=True, help="may be repeated")
    parser.add_argument("--scope", action="append", required=True, help="may be repeated")
    parser.add_argument("--redirect-uri", action="append", default=[], help="exact; may be repeated")
    parser.add_argument("--after-sign-out-uri", action="append", default=[], help="exact; may be repeated")
    parser.add_argument("--backchannel-logout-uri", help="told when a session of its people ends")
    parser.add_argument("--sector", help="another's client: its host, or the host several share names of people under")
    parser.add_argument("--jwks", type=_key_set, help="file with the client's public keys, for private_key_jwt")
    parser.add_argument("--introspects-all", action="store_true", help="a resource server")
    given = parser.parse_args(arguments)
    return NewClient(
        id=given.id,
        name_ar=given.name_ar,
        name_en=given.name_en,
        channel=given.channel,
        auth_method=given.auth_method,
        grants=[_GRANTS[each] for each in given.grant],
        scopes=given.scope,
        redirect_uris=given.redirect_uri,
        after_sign_out_uris=given.after_sign_out_uri,
        sector=given.sector,
        backchannel_logout_uri=given.backchannel_logout_uri,
        jwks=given.jwks,
        introspects_all=given.introspects_all,
    )


def _key_set(name: str) -> dict[str, Any]:
    try:
        told = json.loads(Path(name).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{name} is no key set") from error
    return told if isinstance(told, dict) else {}
