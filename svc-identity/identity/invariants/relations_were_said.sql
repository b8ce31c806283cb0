-- Every relation and role kept here has been said as an event, so that no other service's copy lacks it.
select r.id
from relations r
where r.source = 'identity'
    and not exists (select 1 from event_streams s where s.aggregate = 'identity.relation:' || r.id)
union all
select a.id
from accounts a
where a.status = 'active' and a.kind <> 'staff'
    and not exists (select 1 from event_streams s where s.aggregate = 'identity.contact:' || a.id)
