create sequence audit_seq as bigint;

alter table acts add column seq bigint not null default nextval('audit_seq'), add constraint uq_acts_seq unique (seq);

alter table looks
    add column reason text,
    add column seq bigint not null default nextval('audit_seq'),
    add constraint uq_looks_seq unique (seq);

comment on column looks.reason is 'in the words of whoever looked, when no case led there';

create index ix_looks_actor on looks (actor, at);

alter table case_moves
    add column seq bigint not null default nextval('audit_seq'), add constraint uq_case_moves_seq unique (seq);

create table seals (
    number bigint not null,
    first_seq bigint not null,
    last_seq bigint not null,
    rows integer not null,
    form smallint not null,
    previous text not null,
    digest text not null,
    sealed_at timestamp with time zone default clock_timestamp() not null,
    constraint pk_seals primary key (number)
);

comment on column seals.form is 'which version of the canonical form was hashed';

create table seal_heads (
    chain text not null,
    number bigint not null,
    last_seq bigint not null,
    rows integer not null,
    digest text not null,
    sealed_at timestamp with time zone not null,
    kept_at timestamp with time zone default clock_timestamp() not null,
    constraint pk_seal_heads primary key (chain, number)
);

create table audit_alarms (
    id uuid not null,
    kind text not null,
    at timestamp with time zone not null,
    actor text not null,
    standing text not null,
    office text,
    object text not null,
    reason text,
    seen_at timestamp with time zone,
    seen_by text,
    remark text,
    constraint pk_audit_alarms primary key (id),
    constraint ck_audit_alarms_kind check (kind in ('canary','limit','stated-reason','unstated'))
);

create index ix_audit_alarms_open on audit_alarms (id) where seen_at is null;

create index ix_audit_alarms_actor on audit_alarms (actor, at);

create table canaries (
    person text not null,
    planted_at timestamp with time zone default clock_timestamp() not null,
    constraint pk_canaries primary key (person)
);
