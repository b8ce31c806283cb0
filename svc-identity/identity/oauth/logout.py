"""Back-channel sign-out (OpenID Connect Back-Channel Logout 1.0): a signed word to a client that a session has ended."""

from uuid import UUID

from chassis.clock import machine_now
from chassis.database import Session, Sight
from chassis.http.client import Unreachable
from chassis.intents import Done, Intent, NeverArrived, Outcome, Refused
from identity.models import Client
from identity.oauth.egress import NAME, Egress, NotPublic
from identity.oauth.subjects import subject_of
from identity.wiring import Identity

EVENT = "http://schemas.openid.net/event/backchannel-logout"
_DONE = (200, 202, 204)
_SIGHT = Sight.system("senders")


def logout_token(service: Identity, client: Client, intent: Intent) -> str:
    """What the client is told: which of its sessions, of whom. Its `jti` stays the same however often it is sent."""
    now = int(machine_now().timestamp())
    claims = {
        "iss": service.settings.public_url,
        "aud": client.id,
        "iat": now,
        "exp": now + service.rules().number("identity.logout_token.lifetime"),
        "jti": str(intent.id),
        "sub": subject_of(service, client, UUID(intent.body["account"])),
        "sid": intent.body["sid"],
        "events": {EVENT: {}},
    }
    return service.keys.sign({"typ": "logout+jwt"}, claims)


class LogoutSender:
    """Sends it until the client has taken it or refuses it. To say it twice does no harm."""

    async def send(self, service: Identity, intent: Intent) -> Outcome:
        async with service.database.transaction(_SIGHT) as session:
            client = await session.get(Client, intent.body["client"])
        if client is None or client.ended_at is not None or client.backchannel_logout_uri is None:
            return Refused("client-gone")
        egress = Egress(in_development=service.settings.in_development)
        try:
            status = await egress.post_form(
                client.backchannel_logout_uri, {"logout_token": logout_token(service, client, intent)}
            )
        except NotPublic:
            return Refused("address-not-public")
        if status in _DONE:
            return Done()
        if status >= 500:  # HTTP: the client's fault, and passing
            raise Unreachable(NAME, f"status {status}")
        return Refused("client-refused", {"status": status})

    async def ask(self, service: Identity, intent: Intent) -> Outcome | NeverArrived:
        return NeverArrived()

    async def settle(self, service: Identity, session: Session, intent: Intent, outcome: Done | Refused) -> None:
        """Nothing rests on it: the session has ended here in any case."""
