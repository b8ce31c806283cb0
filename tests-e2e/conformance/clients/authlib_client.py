"""authlib's own clients: its OpenID app for Starlette, AsyncOAuth2Client, and OAuth2Session over requests."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.integrations.requests_client import OAuth2Session
from authlib.integrations.starlette_client import OAuth
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey

SETTINGS = json.loads(os.environ["CONFORMANCE"])
ISSUER, CLIENTS = SETTINGS["issuer"], SETTINGS["clients"]
SCOPE = "openid profile email phone offline_access"
DISCOVERY = f"{ISSUER}/.well-known/openid-configuration"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
failed: list[str] = []


async def wish(**wanted: str) -> dict[str, Any]:
    """Ask the pack for something only it can do."""
    print(json.dumps(wanted), flush=True)
    answer = json.loads(await asyncio.to_thread(sys.stdin.readline))
    if "fault" in answer:
        raise RuntimeError(answer["fault"])
    return dict(answer)


async def flow(name: str, steps: Callable[[], Awaitable[Any]]) -> Any:
    """One flow, told to the pack."""
    try:
        made = await steps()
    except Exception as error:  # edge: a flow that breaks off has failed, and the next one begins
        failed.append(name)
        print(json.dumps({"flow": name, "fault": repr(error)[:600]}), flush=True)
        return None
    print(json.dumps({"flow": name}), flush=True)
    return made


def must(holds: object, what: str) -> None:
    if not holds:
        raise RuntimeError(what)


def _arguments(client: dict[str, Any], endpoint: str) -> dict[str, Any]:
    secret: Any = client["secret"] or None
    if client["key"]:
        secret = ECKey.import_key(client["key"])
    return {
        "client_id": client["id"],
        "client_secret": secret,
        "token_endpoint_auth_method": _method(client, endpoint),
        "revocation_endpoint_auth_method": _method(client, endpoint),
        "scope": SCOPE,
        "redirect_uri": client["redirect_uri"],
        "code_challenge_method": "S256",
    }


def _method(client: dict[str, Any], endpoint: str) -> Any:
    if client["auth"] != "private_key_jwt":
        return client["auth"]
    return PrivateKeyJWT(endpoint, headers={"kid": client["key"]["kid"]}, alg="ES256")


class Flows:
    """Flows of one client registration."""

    def __init__(self, client: dict[str, Any], metadata: dict[str, Any]) -> None:
        self.client, self.metadata = client, metadata
        self.web = AsyncOAuth2Client(**_arguments(client, metadata["token_endpoint"]), trust_env=False)

    async def sign_in(self, who: str = "somebody") -> dict[str, Any]:
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        url, state = self.web.create_authorization_url(
            self.metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
        back = (await wish(visit=url, **{"as": who}))["url"]
        token = await self.web.fetch_token(
            self.metadata["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier
        )
        return dict(token)

    async def renew(self) -> None:
        before = self.web.token["access_token"]
        token = await self.web.refresh_token(self.metadata["token_endpoint"])
        must(token["access_token"] != before, "the access token is the old one")

    async def look(self) -> None:
        answer = await self.web.get(self.metadata["userinfo_endpoint"])
        must(answer.status_code == 200 and answer.json().get("email"), f"userinfo: {answer.status_code}")

    async def introspect(self, *, expected: bool) -> dict[str, Any]:
        answer = await self.web.introspect_token(
            self.metadata["introspection_endpoint"], token=self.web.token["access_token"]
        )
        must(answer.json().get("active") is expected, f"introspection: {answer.status_code} {answer.text[:200]}")
        return dict(answer.json())

    async def revoke(self) -> None:
        answer = await self.web.revoke_token(
            self.metadata["revocation_endpoint"], token=self.web.token["refresh_token"]
        )
        must(answer.status_code == 200, f"revocation: {answer.status_code} {answer.text[:200]}")
        if self.client["auth"] != "none":
            await self.introspect(expected=False)


async def openid(metadata: dict[str, Any]) -> None:
    """The OpenID app: discovery, code, ID token, userinfo, sign-out."""
    client, verifier, nonce = CLIENTS["second"], secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    app = OAuth().register(
        "jawaz",
        server_metadata_url=DISCOVERY,
        client_id=client["id"],
        client_secret=client["secret"],
        client_kwargs={
            "scope": SCOPE,
            "token_endpoint_auth_method": "client_secret_post",
            "code_challenge_method": "S256",
        },
    )
    begun = await app.create_authorization_url(client["redirect_uri"], code_verifier=verifier, nonce=nonce)
    back = (await wish(visit=begun["url"], **{"as": "leaving"}))["url"]
    code = dict(pair.split("=", 1) for pair in back.split("?", 1)[1].split("&"))["code"]
    token = await app.fetch_access_token(
        redirect_uri=client["redirect_uri"], code=code, code_verifier=verifier, state=begun["state"]
    )
    about = await app.parse_id_token(token, nonce=nonce)
    told = await app.userinfo(token=token)
    must(told["sub"] == about["sub"] and told.get("email"), "userinfo tells of another subject")
    out = await app.create_logout_url(client["after_sign_out"], id_token_hint=token["id_token"])
    back = (await wish(visit=out["url"], **{"as": "leaving"}))["url"]
    must(back == f"{client['after_sign_out']}?state={out['state']}", f"it led to {back}")


async def exchange(flows: Flows) -> None:
    """Token exchange by the generic grant."""
    own = await flows.sign_in("grantee")
    await flows.web.fetch_token(
        flows.metadata["token_endpoint"],
        grant_type=EXCHANGE,
        subject_token=own["access_token"],
        subject_token_type="urn:ietf:params:oauth:token-type:access_token",
        requested_subject=SETTINGS["authorisation"],
    )
    told = await flows.introspect(expected=True)
    must(told["act"]["sub"] != told["sub"], "actor and subject are not both named")


async def device(flows: Flows) -> None:
    """The device grant, by hand as authlib's documentation does it: it has no call of its own for it."""
    endpoint = flows.metadata["device_authorization_endpoint"]
    form = {"client_id": flows.client["id"], "scope": "openid profile"}
    begun = (await flows.web.request("POST", endpoint, data=form, withhold_token=True)).json()
    await wish(device=begun["verification_uri"], user_code=begun["user_code"], **{"as": "somebody"})
    token = await flows.web.fetch_token(
        flows.metadata["token_endpoint"], grant_type=DEVICE, device_code=begun["device_code"]
    )
    must(token["access_token"], "no access token")


async def credentials(metadata: dict[str, Any]) -> None:
    """Client credentials with private_key_jwt."""
    arguments = _arguments(CLIENTS["signer"], metadata["token_endpoint"]) | {"scope": "read"}
    web = AsyncOAuth2Client(**arguments, trust_env=False)
    token = await web.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    must(token["access_token"] and "refresh_token" not in token, "not an access token alone")
    await web.aclose()


async def with_requests(metadata: dict[str, Any]) -> None:
    """The synchronous client: code, userinfo, refresh, revocation."""
    session = OAuth2Session(**_arguments(CLIENTS["public"], metadata["token_endpoint"]))
    session.trust_env = False
    verifier = secrets.token_urlsafe(48)
    url, state = session.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
    back = (await wish(visit=url, **{"as": "somebody"}))["url"]

    def rest() -> None:
        endpoint = metadata["token_endpoint"]
        session.fetch_token(endpoint, authorization_response=back, state=state, code_verifier=verifier)
        must(session.get(metadata["userinfo_endpoint"]).json().get("email"), "userinfo tells nothing")
        session.refresh_token(endpoint)
        answer = session.revoke_token(metadata["revocation_endpoint"], token=session.token["refresh_token"])
        must(answer.status_code == 200, f"revocation: {answer.status_code}")

    await asyncio.to_thread(rest)


async def main() -> int:
    async with AsyncOAuth2Client(trust_env=False) as web:
        metadata = (await web.request("GET", DISCOVERY, withhold_token=True)).json()
    await flow("OpenID app: discovery, code, ID token, userinfo, sign-out", lambda: openid(metadata))
    for client in CLIENTS.values():
        flows = Flows(client, metadata)
        await flow(f"code + PKCE, {client['auth']}", flows.sign_in)
        await flow(f"userinfo, {client['auth']}", flows.look)
        await flow(f"refresh, {client['auth']}", flows.renew)
        if client["auth"] != "none":
            await flow(f"introspection, {client['auth']}", lambda flows=flows: flows.introspect(expected=True))
        await flow(f"revocation, {client['auth']}", flows.revoke)
        await flows.web.aclose()
    await flow("client credentials, private_key_jwt", lambda: credentials(metadata))
    await flow("device authorisation", lambda: device(Flows(CLIENTS["public"], metadata)))
    await flow("token exchange: acting for another", lambda: exchange(Flows(CLIENTS["first"], metadata)))
    await flow("OAuth2Session over requests", lambda: with_requests(metadata))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
