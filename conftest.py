"""Binds each house package before pytest names its test folders after the card folders of the same name.

pytest's importlib mode would otherwise make `contracts/` (the folder) an empty module that hides `contracts` (the package).
"""

import chassis
import contracts
import gateway
import partners
import portal

HOUSE = (chassis, contracts, gateway, partners, portal)
