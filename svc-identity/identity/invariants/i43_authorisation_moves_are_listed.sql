-- I-43: every status change of an authorisation is an arrow of its lifecycle, made by an actor who may make it.
-- The list repeats identity/domain/authorisation.py; a test compares them.
with allowed (from_status, action, to_status, standing) as (values
    ('accepted', 'end', 'ended', 'system'),
    ('accepted', 'expire', 'expired', 'system'),
    ('accepted', 'reject', 'rejected', 'grantee'),
    ('accepted', 'use', 'accepted', 'system'),
    ('accepted', 'use_up', 'used', 'system'),
    ('accepted', 'withdraw', 'withdrawn', 'grantor'),
    ('draft', 'confirm', 'issued', 'grantor'),
    ('draft', 'end', 'ended', 'system'),
    ('draft', 'expire', 'expired', 'system'),
    ('draft', 'withdraw', 'withdrawn', 'grantor'),
    ('issued', 'accept', 'accepted', 'grantee'),
    ('issued', 'end', 'ended', 'system'),
    ('issued', 'expire', 'expired', 'system'),
    ('issued', 'reject', 'rejected', 'grantee'),
    ('issued', 'withdraw', 'withdrawn', 'grantor'),
    ('requested', 'approve', 'draft', 'grantor'),
    ('requested', 'decline', 'declined', 'grantor'),
    ('requested', 'end', 'ended', 'system'),
    ('requested', 'expire', 'expired', 'system'),
    ('requested', 'withdraw', 'withdrawn', 'grantee'),
    ('used', 'end', 'ended', 'system'),
    ('used', 'expire', 'expired', 'system'),
    ('used', 'withdraw', 'withdrawn', 'grantor')
)
select m.case_id, m.version, m.action
from case_moves m
where m.case_kind = 'authorisation'
    and (m.from_status, m.action, m.to_status, m.standing) not in (select * from allowed)
union all
select a.id, a.version, 'status without its move'
from authorisations a
left join lateral (
    select to_status from case_moves m
    where m.case_id = a.id and m.case_kind = 'authorisation'
    order by m.version desc
    limit 1
) last on true
where a.status <> coalesce(last.to_status, 'requested')
