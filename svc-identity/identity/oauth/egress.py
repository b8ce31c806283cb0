"""The one way to an address a client has registered: resolved once, refused when it is not public, and then kept to.

Nothing is followed, nothing of the answer but its status is kept. In development a loopback address is fit, too.
"""

import asyncio
import socket
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import httpx2

from chassis.http.client import Unreachable

NAME = "client"
TOTAL_S = 5.0
CONNECT_S = 1.0
# Addresses that reach an IPv4 host through a gateway: whatever stands inside them is not looked at by anybody else.
_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("2002::/16"), ip_network("2001::/32"))


class NotPublic(Exception):
    """The name leads, now at least, to an address that is nobody's on the internet."""


class Egress:
    """Posts forms to registered addresses."""

    def __init__(self, *, in_development: bool, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._in_development = in_development
        self._transport = transport

    async def post_form(self, url: str, form: Mapping[str, str]) -> int:
        """The status of the answer. Raises NotPublic, or Unreachable when the outcome is not known."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        address = await self._address(host, parts.port or (443 if parts.scheme == "https" else 80))
        pinned = f"[{address}]" if ":" in address else address
        where = parts._replace(netloc=pinned if parts.port is None else f"{pinned}:{parts.port}").geturl()
        request = {"Host": parts.netloc, "Accept": "*/*"}
        try:
            async with asyncio.timeout(TOTAL_S), self._client() as client:
                async with client.stream(
                    "POST", where, data=dict(form), headers=request, extensions={"sni_hostname": host}
                ) as answer:
                    return answer.status_code
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise Unreachable(NAME, type(error).__name__, never_sent=True) from error
        except (TimeoutError, httpx2.TransportError) as error:
            raise Unreachable(NAME, type(error).__name__) from error

    def _client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            timeout=httpx2.Timeout(TOTAL_S, connect=CONNECT_S),
            follow_redirects=False,
            trust_env=False,
            transport=self._transport,
        )

    async def _address(self, host: str, port: int) -> str:
        """The address to connect to: of a name with several, all must be fit."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Unreachable(NAME, "name not found", never_sent=True) from error
        addresses = [str(each[4][0]).partition("%")[0] for each in found]
        if not addresses or not all(self._is_fit(each) for each in addresses):
            raise NotPublic
        return addresses[0]

    def _is_fit(self, text: str) -> bool:
        address = ip_address(text)
        if isinstance(address, IPv6Address):
            if address.ipv4_mapped is not None:
                address = address.ipv4_mapped
            elif any(address in network for network in _TRANSLATED):
                return False
        if self._in_development and address.is_loopback:
            return True
        return address.is_global and not address.is_multicast and not address.is_reserved
