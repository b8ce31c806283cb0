"""Which browser and system a session was made with, as coarse as a person needs to tell their own devices apart."""

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


def device_of(user_agent: str) -> str:
    """Such as `Firefox, Linux`; never a version, which would identify."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), UNKNOWN)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), UNKNOWN)
    return f"{browser}, {system}"
