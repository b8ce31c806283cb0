"""The way out: to public addresses only, decided once and kept to, and nothing is followed."""

import asyncio
import socket

import httpx2
import pytest

from chassis.http.client import Unreachable
from identity.oauth.egress import Egress, NotPublic


@pytest.fixture
def names(monkeypatch):
    """A resolver of our own: what a name leads to, one answer after the other; literal addresses lead to themselves."""
    told, asked = {}, []

    def lead(name, *answers):
        told[name] = list(answers)

    async def getaddrinfo(self, host, port, **_):
        asked.append(host)
        if host not in told:
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = told[host].pop(0) if len(told[host]) > 1 else told[host][0]
        return [(None, None, None, "", (each, port)) for each in addresses]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", getaddrinfo)
    lead.asked = asked
    return lead


INSIDE = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::",
    "ff02::1", "2001:db8::1",
]  # fmt: skip


class Wire(httpx2.AsyncBaseTransport):
    """What would have gone out."""

    def __init__(self, status=200, headers=None):
        self.requests, self.status, self.headers = [], status, headers or {}

    async def handle_async_request(self, request):
        self.requests.append(request)
        return httpx2.Response(self.status, headers=self.headers)


@pytest.mark.parametrize("address", INSIDE)
async def test_a_name_that_leads_inside_is_not_gone_to(names, address):
    wire = Wire()
    names("client.example", [address])
    with pytest.raises(NotPublic):
        await Egress(in_development=False, transport=wire).post_form("https://client.example/x", {})
    names("client.example", ["203.0.114.7", address])
    with pytest.raises(NotPublic):
        await Egress(in_development=False, transport=wire).post_form("https://client.example/x", {})
    assert wire.requests == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "017700000001", "127.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"]
)
async def test_an_address_written_another_way_is_the_same_address(host):
    wire = Wire()
    with pytest.raises((NotPublic, Unreachable)):
        await Egress(in_development=False, transport=wire).post_form(f"https://{host}/x", {})
    assert wire.requests == []


async def test_the_address_that_was_looked_at_is_the_one_that_is_gone_to(names):
    wire = Wire(302, {"location": "http://127.0.0.1/"})
    names("client.example", ["8.8.8.8"], ["127.0.0.1"])
    status = await Egress(in_development=False, transport=wire).post_form("https://client.example/x?y=1", {"a": "b"})
    assert status == 302
    (request,) = wire.requests
    assert str(request.url) == "https://8.8.8.8/x?y=1"
    assert request.headers["host"] == "client.example"
    assert request.extensions["sni_hostname"] == "client.example"
    assert names.asked == ["client.example"]
