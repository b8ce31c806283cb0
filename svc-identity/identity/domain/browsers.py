"""Which browser and system a session was made with, and from where: as coarse as a person needs to tell their own apart."""

from ipaddress import IPv4Address, ip_address, ip_network

_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
UNKNOWN = "other"
_NETWORK_BITS, _NETWORK_BITS_6 = 24, 48


def device_of(user_agent: str) -> str:
    """Such as `Firefox, Linux`; never a version, which would identify."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), UNKNOWN)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), UNKNOWN)
    return f"{browser}, {system}"


def place_of(address: str) -> str:
    """The network a request came from, such as `192.0.2.0/24`; never the address itself. Empty when it is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    bits = _NETWORK_BITS if isinstance(found, IPv4Address) else _NETWORK_BITS_6
    return str(ip_network(f"{found}/{bits}", strict=False))
