"""Numbers of SMPP 3.4 that the client and the simulated operator speak, and our one vendor parameter."""

from typing import Final

# command_status
SYSTEM_ERROR: Final = 0x08
DESTINATION_REFUSED: Final = 0x0B
LENGTH_REFUSED: Final = 0x01
QUEUE_FULL: Final = 0x14
THROTTLED: Final = 0x58

# optional parameters
RECEIPTED_MESSAGE_ID: Final = 0x001E
MESSAGE_STATE: Final = 0x0427
REFERENCE: Final = 0x1401  # the sender's own reference: first of the range left to operators (0x1400 to 0x3FFF)

# message_state
DELIVERED: Final = 2
EXPIRED: Final = 3
DELETED: Final = 4
UNDELIVERABLE: Final = 5
REJECTED: Final = 8

# esm_class and type of number
RECEIPT: Final = 0x04
INTERNATIONAL: Final = 1
ISDN: Final = 1
ALPHANUMERIC: Final = 5
