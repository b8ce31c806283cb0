create table staff_looks (
    id uuid not null,
    staff text not null,
    standing text not null,
    person text not null,
    at timestamp with time zone not null,
    constraint pk_staff_looks primary key (id)
);

create index ix_staff_looks_staff on staff_looks (staff, at);

