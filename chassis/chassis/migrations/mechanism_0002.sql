alter table relations
    add column scope text,
    add column narrowed_to text,
    add column uses_allowed integer,
    add column changed_at timestamp with time zone;

comment on column relations.scope is 'what the relation is good for; absent: everything its name says';

comment on column relations.narrowed_to is 'the one object it is good for; absent: all of them';

comment on column relations.uses_allowed is 'how often it may be used; absent: without limit';

comment on column relations.changed_at is 'by its owner''s clock: an older word never takes the place of a newer one';

create index ix_relations_changed on relations (subject, changed_at);

create table relation_sources (
    source text not null,
    current_at timestamp with time zone not null,
    constraint pk_relation_sources primary key (source)
);

comment on column relation_sources.current_at is 'the copy holds everything its owner had committed by then';

create or replace function app_sees(owner text) returns boolean language sql stable as $$
    select coalesce(current_setting('app.standing', true), '') in ('system', 'staff')
        or (coalesce(current_setting('app.standing', true), '') = 'person' and (
            owner = current_setting('app.subject', true)
            or (coalesce(current_setting('app.relations', true), '') <> 'unbelieved' and exists (
                select 1 from relations r
                where r.subject = current_setting('app.subject', true) and r.object = owner
                  and r.starts_at <= coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now())
                  and (r.ends_at is null
                       or r.ends_at > coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()))
            ))))
$$;
