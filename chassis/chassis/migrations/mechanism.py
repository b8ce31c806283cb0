"""The mechanism's tables as every service's first migration makes them, and the walls around people's rows."""

from collections.abc import Iterable
from importlib import resources

from alembic import op


def create_mechanism() -> None:
    """Events out and in, intents, timers, idempotency, relations, facts, audit and history; version 1 of all of them."""
    run_sql("chassis", "mechanism_0001.sql")
    protect("facts", "subject")
    protect("acts")
    protect("looks")
    for table in ("acts", "looks", "case_moves"):
        append_only(table)
    op.execute("alter table idempotency enable row level security")
    op.execute("alter table idempotency force row level security")
    own = "subject = current_setting('app.subject', true) or current_setting('app.standing', true) = 'system'"
    op.execute(f"create policy own on idempotency using ({own}) with check ({own})")


def relations_get_a_scope() -> None:
    """Version 2: what a relation is good for, and how far the copy of another service's relations can be believed."""
    run_sql("chassis", "mechanism_0002.sql")


def seal_audit() -> None:
    """Version 3: one order over all audit rows, seals over them, heads of other chains, alarms and canaries."""
    run_sql("chassis", "mechanism_0003.sql")
    for table in ("seals", "seal_heads"):
        append_only(table)
    for table in ("acts", "looks"):
        # Whoever acts or looks may always write that down, also of somebody whose other rows they do not see.
        own = "app_sees(person) or actor = current_setting('app.subject', true)"
        op.execute(f"alter policy sight on {table} using (app_sees(person)) with check ({own})")
    for table in ("audit_alarms", "canaries"):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(
            f"create policy sight on {table} using (current_setting('app.standing', true) in ('system', 'staff'))"
        )


def grants_act_for_another() -> None:
    """Version 4: a grant opens what it is for and nothing else, and both names stand wherever it was acted by."""
    run_sql("chassis", "mechanism_0004.sql")


def open_to_grants(
    table: str, scopes: Iterable[str], owner_column: str = "person", *, of_grantor: bool = False
) -> None:
    """Rows of a protected table that somebody may see and touch by a grant for one of these scopes, too.

    `of_grantor`: those about the grantor as well when the grant is narrowed to another's record.
    """
    listed = ",".join(f"'{scope}'" for scope in sorted(scopes))
    granted = f"app_granted({owner_column}, array[{listed}], {str(of_grantor).lower()})"
    op.execute(f"create policy granted on {table} using ({granted}) with check ({granted})")


def run_sql(package: str, name: str) -> None:
    """Run a frozen SQL file that lies beside a package's migrations."""
    script = resources.files(package).joinpath("migrations").joinpath(name).read_text(encoding="utf-8")
    for statement in script.split(";\n\n"):
        if statement.strip():
            op.execute(statement)


def protect(table: str, owner_column: str = "person") -> None:
    """Row-level security, forced even on the table's owner: a row is seen by whoever `app_sees` its person."""
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy sight on {table} using (app_sees({owner_column})) with check (app_sees({owner_column}))")


def protect_through(table: str, parent: str, key: str) -> None:
    """Row-level security for rows of a parent's: seen exactly when the parent row is seen."""
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    seen = f"exists (select 1 from {parent} p where p.id = {table}.{key})"  # noqa: S608 - names from migrations
    op.execute(f"create policy sight on {table} using ({seen}) with check ({seen})")


def append_only(table: str) -> None:
    """Rows are only ever added: the run-time role may not change or delete them, and a trigger refuses everybody."""
    op.execute(
        f"do $$ begin execute format('revoke update, delete, truncate on {table} from %I',"
        " regexp_replace(current_user, '_owner$', '')); end $$"
    )
    op.execute(
        f"create trigger {table}_append_only before update or delete or truncate on {table}"
        " for each statement execute function app_refuse_change()"
    )
