-- I-33: nothing is printed without its consumed fee, and no fee is consumed without a booklet that is being made or made.
select b.number as id, 'printed without a consumed fee' as what
from booklets b
join applications a on a.id = b.application_id
where a.fee_state <> 'consumed'
   or not exists (
        select 1 from ledger_lines r
        join ledger_lines c on c.reservation = r.reservation and c.entry = 'consume' and c.account = 'fees'
        where r.entry = 'reserve' and r.account = 'reserved' and r.amount_minor = a.fee_minor
   )
union all
select a.id::text, 'consumed and nothing made'
from applications a
where a.fee_state = 'consumed'
  and a.status not in ('approved', 'printing', 'lost')
  and not exists (select 1 from booklets b where b.application_id = a.id)
