"""Relations get a scope, and the copy of them an age."""

from chassis.migrations.mechanism import relations_get_a_scope

revision = "0002_relations_get_a_scope"
down_revision = "0001_first"


def upgrade() -> None:
    relations_get_a_scope()
