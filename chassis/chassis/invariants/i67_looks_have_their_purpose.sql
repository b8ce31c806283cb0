-- I-67: every look says why; a stated reason has its words and was in force; whoever met a canary raised an alarm.
select l.id::text as id, 'a look without a purpose' as what
from looks l
where btrim(l.purpose) = '' or l.purpose = 'unstated'
union all
select l.id::text, 'a kind of reason without its words'
from looks l
where l.purpose like 'reason-%' and coalesce(btrim(l.reason), '') = ''
union all
select l.id::text, 'looked for a stated reason that was not in force'
from looks l
where l.purpose = 'stated-reason' and not exists (
    select 1 from relations r
    where r.relation = 'stated_reason' and r.subject = l.actor and r.starts_at <= l.at and r.ends_at > l.at
)
union all
select l.id::text, 'a canary was opened and nobody was alarmed'
from looks l
join canaries c on c.person = l.person and c.planted_at <= l.at
where l.purpose <> 'unstated'
  and exists (select 1 from relations r where r.subject = l.actor and r.relation = l.standing)
  and not exists (select 1 from audit_alarms a where a.kind = 'canary' and a.actor = l.actor and a.object = l.object)
