create table authorisations (
    id uuid not null,
    reference text not null,
    person text not null,
    status text not null,
    version integer default '0' not null,
    opened_at timestamp with time zone not null,
    moved_at timestamp with time zone not null,
    grantee text not null,
    asked_by text not null,
    service text not null,
    starts_on date not null,
    ends_on date not null,
    narrowed_to text,
    uses_allowed integer,
    uses integer default '0' not null,
    confirmed_at timestamp with time zone,
    accepted_at timestamp with time zone,
    reason text,
    constraint pk_authorisations primary key (id),
    constraint uq_authorisations_reference unique (reference),
    constraint ck_authorisations_service check (service in (
        'absence_report','dependant_addition','dependant_separation','dependant_to_head','exit_reentry',
        'exited_not_returned','final_exit','foreign_passport_loss_report','info_transfer','iqama_issue',
        'iqama_loss_report','iqama_receipt','iqama_renewal','passport_issue','passport_loss_report',
        'passport_receipt','passport_renewal','profession_change','service_transfer','travel_permit',
        'visit_extension')),
    constraint ck_authorisations_days check (ends_on >= starts_on),
    constraint ck_authorisations_another check (grantee <> person),
    constraint ck_authorisations_citizen check (grantee like '1%'),
    constraint ck_authorisations_uses check (uses_allowed is null or uses <= uses_allowed)
);

create unique index uq_authorisations_live on authorisations (person, service, narrowed_to) nulls not distinct
    where status in ('accepted','issued');

create index ix_authorisations_person on authorisations (person, id);

create index ix_authorisations_grantee on authorisations (grantee, id);

create index ix_authorisations_service on authorisations (person, service);

comment on column authorisations.person is 'whose record this is';

comment on column authorisations.asked_by is 'who began it: the grantor, or the grantee who asks';

comment on column authorisations.ends_on is 'the last day it is good for';

comment on column authorisations.narrowed_to is 'the one record it is good for; absent: all of the grantor''s';

comment on column authorisations.reason is 'why it ended by itself';
