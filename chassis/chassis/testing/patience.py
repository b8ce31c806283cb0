"""How long tests wait: long for what a stalled machine makes slow, and short for what only waits for its next turn.

The platform's own bounds are for people at a screen, and its pauses are kind to bodies outside. A test that is about one
of them sets it itself.
"""

from chassis import database, intents, timers
from chassis.events import parking
from chassis.http import client, context

PATIENCE_S = 60.0


def be_patient() -> None:
    """Widen, for this process, the bounds within which a service connects, waits for others and answers."""
    database.CONNECT_S = database.POOL_WAIT_S = client.CONNECT_S = context.SERVICE_S = PATIENCE_S
    database.STATEMENT_MS = database.LOCK_MS = database.IDLE_IN_TRANSACTION_MS = int(PATIENCE_S * 1000)


def be_brisk() -> None:
    """Look for due work often, and ask a body that failed again soon, for this process."""
    intents.POLL_S = timers.POLL_S = parking.POLL_S = 0.1
    intents.RETRY_AFTER_S = (0.1, 0.2, 0.5, *intents.RETRY_AFTER_S[3:])
