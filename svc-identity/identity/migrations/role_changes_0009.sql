create table role_changes (
    id uuid not null,
    reference text not null,
    person text not null,
    status text not null,
    version integer default '0' not null,
    opened_at timestamp with time zone not null,
    moved_at timestamp with time zone not null,
    role text not null,
    office text not null,
    direction text not null,
    reason text not null,
    proposed_by text not null,
    expires_at timestamp with time zone not null,
    decided_by text,
    constraint pk_role_changes primary key (id),
    constraint uq_role_changes_reference unique (reference),
    constraint ck_role_changes_direction check (direction in ('begin','end')),
    constraint ck_role_changes_four_eyes check (
        status not in ('approved','refused')
        or (decided_by is not null and decided_by <> proposed_by and decided_by <> person))
);

create unique index uq_role_changes_open on role_changes (person, role, office) where status = 'proposed';

create index ix_role_changes_open on role_changes (id) where status = 'proposed';

comment on column role_changes.person is 'whose record this is';

comment on column role_changes.direction is 'whether the role begins or ends';

comment on column role_changes.decided_by is 'who moved it on; machine: by command';

create table password_waits (
    account_id uuid not null,
    person text not null,
    began_at timestamp with time zone not null,
    constraint pk_password_waits primary key (account_id),
    constraint fk_password_waits_account_id foreign key (account_id) references accounts (id)
);

create index ix_password_waits_began_at on password_waits (began_at);
