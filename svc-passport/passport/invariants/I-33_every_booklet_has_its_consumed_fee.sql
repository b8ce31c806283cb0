-- I-33: nothing is printed without its consumed fee, and no fee is consumed without a booklet that is being made or made.
select b.number as id, 'printed without a consumed fee' as what
from booklets b
join applications a on a.id = b.application_id
where a.fee_state <> 'consumed'
   or not exists (
        select 1 from ledger_lines c
        where c.reservation = a.fee_reservation and c.entry = 'consume' and c.account = 'fees'
          and c.amount_minor = a.fee_minor
   )
union all
select a.id::text, 'consumed and nothing made'
from applications a
where a.fee_state = 'consumed'
  and a.status not in ('approved', 'printing', 'lost')
  and not exists (select 1 from booklets b where b.application_id = a.id)
union all
select a.id::text, 'ended with its fee neither consumed nor given back'
from applications a
where a.status in ('refused', 'cancelled', 'expired') and a.fee_state = 'reserved'
  and not exists (select 1 from intents i where i.kind = 'fee.release' and i.body ->> 'case' = a.id::text)
