-- I-61: nobody acts for an establishment without an active account, and a member's place and relation stand and end together.
select r.id, r.subject as person, 'relation without an active account' as fault
from relations r
left join accounts a on a.person = r.subject
where r.relation = 'establishment_member' and r.source = 'identity' and r.ends_at is null
    and a.status is distinct from 'active'
union all
select r.id, r.subject, 'relation without a member''s place'
from relations r
where r.relation = 'establishment_member' and r.source = 'identity' and r.ends_at is null
    and not exists (select 1 from memberships m where m.relation_id = r.id and m.status = 'member')
union all
select m.id, m.person, 'member without a relation'
from memberships m
where m.status = 'member'
    and not exists (select 1 from relations r where r.id = m.relation_id and r.ends_at is null)
