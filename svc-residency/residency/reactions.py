"""What this service does when others say something: it keeps its copy of who stands in for whom."""

from chassis.events.reactions import Reactions
from chassis.relation_copies import copy_relations

reactions = Reactions()
copy_relations(reactions)
