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
from chassis.testing.compiled import share_compiled
from chassis.testing.patience import be_brisk, be_patient
from tools.order import long_first

HOUSE = (chassis, contracts, gateway, partners, portal)

pytest_plugins = ["chassis.testing.fixtures"]

# A busy machine is no fault of the code: what is slow is waited for.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
be_patient()
be_brisk()
share_compiled()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    long_first(items)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was imported stays for good: the collector need not walk it again and again while the tests run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
