-- I-43: every status change of a role change is an arrow of its lifecycle, and no approval or refusal is the proposer's.
-- The list repeats identity/domain/role_change.py; a test compares them.
with allowed (from_status, action, to_status, standing) as (values
    ('proposed', 'approve', 'approved', 'administrator'),
    ('proposed', 'approve', 'approved', 'system'),
    ('proposed', 'expire', 'expired', 'system'),
    ('proposed', 'refuse', 'refused', 'administrator'),
    ('proposed', 'withdraw', 'withdrawn', 'administrator')
)
select m.case_id, m.version, m.action
from case_moves m
where m.case_kind = 'role_change'
    and (m.from_status, m.action, m.to_status, m.standing) not in (select * from allowed)
union all
select c.id, c.version, 'decided by one pair of eyes'
from role_changes c
join case_moves m on m.case_id = c.id and m.case_kind = 'role_change'
where m.action in ('approve', 'refuse') and m.actor in (c.proposed_by, c.person)
union all
select c.id, c.version, 'status without its move'
from role_changes c
left join lateral (
    select to_status from case_moves m
    where m.case_id = c.id and m.case_kind = 'role_change'
    order by m.version desc
    limit 1
) last on true
where c.status <> coalesce(last.to_status, 'proposed')
