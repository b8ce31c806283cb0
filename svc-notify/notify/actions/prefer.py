"""Prefer some channels over others: what a person does not want to be told, kind by kind."""

from collections.abc import Collection

from sqlalchemy.dialects.postgresql import insert

from chassis.authority import Principal
from chassis.database import Session
from chassis.refusals import Invalid
from notify.domain.notice import Channel
from notify.domain.telling import Kind, is_mutable
from notify.models import Preference
from notify.wiring import Notify


class ChannelNotOffered(Invalid):
    """This kind of notice does not come by that channel."""

    slug = "channel-not-offered"


class ChannelAlwaysOn(Invalid):
    """The list of messages in the portal cannot be muted, nor a kind of which everything is critical."""

    slug = "channel-always-on"


async def prefer(
    service: Notify, session: Session, principal: Principal, muted: Collection[tuple[Kind, Channel]]
) -> dict[str, list[str]]:
    """Replace what the person muted. Raises ChannelNotOffered or ChannelAlwaysOn; critical notices come all the same."""
    offered = service.rules().table("notify.channel.by_kind")
    chosen: dict[str, list[str]] = {}
    for kind, channel in sorted(set(muted)):
        if channel not in offered[kind]:
            raise ChannelNotOffered(details={"kind": kind, "channel": channel})
        if channel is Channel.INBOX or not is_mutable(kind):
            raise ChannelAlwaysOn(details={"kind": kind, "channel": channel})
        chosen.setdefault(str(kind), []).append(str(channel))
    values = {"muted": chosen, "changed_at": service.clock.now()}
    await session.execute(
        insert(Preference)
        .values(person=principal.subject, **values)
        .on_conflict_do_update(index_elements=["person"], set_=values)
    )
    return chosen
