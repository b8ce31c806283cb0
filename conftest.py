"""The whole house's tests share one set of fixtures: real servers, fresh databases, callers with tokens.

Each house package is bound before pytest names its test folders after the card folders of the same name: its importlib
mode would otherwise make `contracts/` (the folder) an empty module that hides `contracts` (the package).
"""

import gc

import pytest
from hypothesis import HealthCheck, settings

import chassis
import contracts
import gateway
import partners
import portal
from chassis.http import client
from chassis.testing.compiled import share_compiled

HOUSE = (chassis, contracts, gateway, partners, portal)

pytest_plugins = ["chassis.testing.fixtures"]

# A busy machine is no fault of the code: what is generated slowly, or connected to slowly, is waited for.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
client.CONNECT_S = 5.0
share_compiled()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was imported stays for good: the collector need not walk it again and again while the tests run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
