-- I-45: when the new booklet is active the old one is cancelled; from submission until then the old one is blocked.
select a.id::text as id, 'completed, and the old booklet is not cancelled' as what
from applications a
join booklets old on old.number = a.old_number
where a.status = 'completed' and old.status <> 'cancelled'
union all
select a.id::text, 'being renewed, and the old booklet is not blocked'
from applications a
left join booklets old on old.number = a.old_number
where a.status not in ('draft', 'awaiting_payment', 'fee_reserved', 'completed', 'refused', 'cancelled', 'expired')
  and old.status is distinct from 'renewal_blocked'
union all
select a.id::text, 'ended without a new passport, and the old booklet is still blocked'
from applications a
join booklets old on old.number = a.old_number
where a.status in ('refused', 'cancelled', 'expired') and old.status = 'renewal_blocked'
  and not exists (
        select 1 from applications later
        where later.person = a.person and later.old_number = a.old_number and later.id > a.id
  )
