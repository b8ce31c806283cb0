-- I-65: a grantee's relation is open exactly as long as its authorisation lets it, for its service, and never further on.
select 'open without an authorisation that lets it' as what, r.id as which
from relations r
left join authorisations a on a.id = r.id
where r.relation = 'grantee' and r.ends_at is distinct from r.starts_at
    and (
        a.id is null
        or a.grantee <> r.subject or a.person <> r.object or a.service is distinct from r.scope
        or a.narrowed_to is distinct from r.narrowed_to or a.uses_allowed is distinct from r.uses_allowed
        or (a.status not in ('accepted', 'used') and r.ends_at > a.moved_at + interval '10 seconds')
    )
union all
select 'accepted without a relation', a.id
from authorisations a
where a.status in ('accepted', 'used') and not exists (select 1 from relations r where r.id = a.id)
union all
select 'used more than allowed', a.id
from authorisations a
where a.uses > a.uses_allowed
union all
select 'two live for one service and record', max(a.id::text)::uuid
from authorisations a
where a.status in ('issued', 'accepted')
group by a.person, a.service, a.narrowed_to
having count(*) > 1
union all
select 'live with an account that is not active', a.id
from authorisations a
where a.status in ('issued', 'accepted', 'used')
    and exists (
        select 1 from accounts c
        where c.person in (a.person, a.grantee) and c.status <> 'active'
    )
