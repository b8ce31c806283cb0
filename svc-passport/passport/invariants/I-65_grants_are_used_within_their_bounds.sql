-- I-65: no authorisation is used more often than it allows, for another service, or when it was not in force; and whoever
-- moved a case by one had spent a use on that case and is named beside the grantor.
select u.authorisation_id::text as which, 'used more often than allowed' as what
from authorisation_uses u
join relations r on r.id = u.authorisation_id
group by u.authorisation_id, r.uses_allowed
having count(*) > r.uses_allowed
union all
select u.id::text, 'used without a grant, out of its days or by another'
from authorisation_uses u
left join relations r on r.id = u.authorisation_id
where r.id is null or r.relation <> 'grantee' or r.subject <> u.actor or r.object <> u.person
    or u.used_at < r.starts_at
union all
select m.case_id::text, 'moved by a grantee without a use, or without the grantor''s name'
from case_moves m
left join applications a on a.id = m.case_id
where m.standing = 'grantee'
    and not exists (
        select 1
        from authorisation_uses u
        join relations r on r.id = u.authorisation_id
        where u.object = a.reference and u.actor = m.actor and u.person = m.on_behalf_of and r.scope = 'passport_renewal'
    )
