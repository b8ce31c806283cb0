"""What this service does when others say something: it keeps its copy of who stands in for whom."""

from chassis.events.reactions import Reactions
from chassis.relation_copies import copy_relations
from residency.actions.moving import SERVICE_OF

reactions = Reactions()
copy_relations(reactions, scopes=frozenset(SERVICE_OF.values()))
