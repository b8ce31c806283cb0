"""The whole house's tests share one set of fixtures: real servers, fresh databases, callers with tokens.

Each house package is bound before pytest names its test folders after the card folders of the same name: its importlib
mode would otherwise make `contracts/` (the folder) an empty module that hides `contracts` (the package).
"""

import chassis
import contracts
import gateway
import partners
import portal

HOUSE = (chassis, contracts, gateway, partners, portal)

pytest_plugins = ["chassis.testing.fixtures"]
