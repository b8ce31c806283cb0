create table record_access (
    id uuid not null,
    person text not null,
    service text not null,
    standing text not null,
    office text,
    actor text,
    object text not null,
    purpose text,
    action text,
    at timestamp with time zone not null,
    constraint pk_record_access primary key (id)
);

comment on column record_access.actor is 'absent for staff, who are told of by role and office';

create index ix_record_access_person on record_access (person, id);
