alter table acts add column on_behalf_of text;

comment on column acts.on_behalf_of is 'for whom the actor acted by a grant; absent: in their own right';

alter table looks add column on_behalf_of text;

comment on column looks.on_behalf_of is 'for whom the actor looked by a grant; absent: in their own right';

alter table case_moves add column on_behalf_of text;

comment on column case_moves.on_behalf_of is 'for whom the actor acted by a grant; absent: in their own right';

create or replace function app_sees(owner text) returns boolean language sql stable as $$
    select coalesce(current_setting('app.standing', true), '') in ('system', 'staff')
        or (coalesce(current_setting('app.standing', true), '') = 'person' and (
            owner = current_setting('app.subject', true)
            or (coalesce(current_setting('app.relations', true), '') <> 'unbelieved' and exists (
                select 1 from relations r
                where r.subject = current_setting('app.subject', true) and r.object = owner
                  and r.relation <> 'grantee'
                  and r.starts_at <= coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now())
                  and (r.ends_at is null
                       or r.ends_at > coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()))
            ))))
$$;

create function app_granted(owner text, scopes text[], of_grantor boolean default false) returns boolean language sql stable as $$
    select coalesce(current_setting('app.standing', true), '') = 'person'
        and coalesce(current_setting('app.relations', true), '') <> 'unbelieved'
        and exists (
            select 1 from relations g
            where g.relation = 'grantee' and g.subject = current_setting('app.subject', true)
              and g.scope = any (scopes) and (g.narrowed_to is null or g.narrowed_to = owner or (of_grantor and g.object = owner))
              and g.starts_at <= coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now())
              and (g.ends_at is null
                   or g.ends_at > coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()))
              and (g.object = owner or exists (
                  select 1 from relations r
                  where r.subject = g.object and r.object = owner and r.relation <> 'grantee' and r.scope is null
                    and r.starts_at <= coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now())
                    and (r.ends_at is null
                         or r.ends_at > coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()))
              )))
$$;
