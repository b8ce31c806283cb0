"""Enter with a passkey: instead of password and code, or after the password."""

from chassis.database import Session
from identity.actions.enter_code import Entered, browser_index, finish
from identity.actions.enter_password import Said
from identity.actions.open_session import Visit, open_session
from identity.actions.passkeys import accept_passkey
from identity.actions.tally import tally
from identity.domain.proofs import Second
from identity.queries import open_sign_in
from identity.wiring import Identity


async def enter_passkey(service: Identity, session: Session, visit: Visit, answer: str, wanted: str) -> Entered:
    """Open a session for the passkey's owner, who then goes where they wanted to go. Raises PasskeyRefused."""
    account = await accept_passkey(service, session, visit.browser, answer)
    sign_in = await open_sign_in(session, browser_index(service, visit.browser), service.clock.now())
    if sign_in is not None and sign_in.account_id == account.id:
        return await finish(service, session, account, sign_in, Second.PASSKEY, visit)
    opened = await open_session(service, session, account, Second.PASSKEY, visit)
    await tally(service, session, "sign_in.by_passkey")
    return Entered(Said.GO_ON, opened, wanted)
