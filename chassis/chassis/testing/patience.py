"""How long tests wait: the platform's own bounds are for people at a screen, and a stalled machine is no fault of the code.

A test that is about one of these bounds sets it itself.
"""

from chassis import database
from chassis.http import client, context

PATIENCE_S = 60.0


def be_patient() -> None:
    """Widen, for this process, the bounds within which a service connects, waits for others and answers."""
    database.CONNECT_S = database.POOL_WAIT_S = client.CONNECT_S = context.SERVICE_S = PATIENCE_S
    database.STATEMENT_MS = database.LOCK_MS = database.IDLE_IN_TRANSACTION_MS = int(PATIENCE_S * 1000)
