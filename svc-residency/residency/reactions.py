"""What this service does when others say something: it keeps its copies of who stands in for whom and whose account is frozen."""

from chassis.events.reactions import Reactions
from chassis.freezes import copy_freezes
from chassis.relation_copies import copy_relations
from residency.actions.moving import SERVICE_OF
from residency.models import AccountFreeze

reactions = Reactions()
copy_relations(reactions, scopes=frozenset(SERVICE_OF.values()))
copy_freezes(reactions, AccountFreeze)
