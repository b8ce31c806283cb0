-- I-35: a fee is the sum of its lines, each with the rule it was taken from and since when that rule holds; and it is
-- exactly what was reserved.
with cases as (
    select id, fee_minor, fee_items, fee_state, fee_reservation from exit_reentry_visas
    union all
    select id, fee_minor, fee_items, fee_state, fee_reservation from iqama_renewals
)
select c.id::text as id, 'not the sum of its lines' as what
from cases c
where c.fee_minor is not null
  and c.fee_minor <> (select coalesce(sum((line ->> 'amount_minor')::bigint), 0) from jsonb_array_elements(c.fee_items) line)
union all
select c.id::text, 'a line without its rule'
from cases c, jsonb_array_elements(c.fee_items) line
where line ->> 'rule' is null or line ->> 'rule_from' is null
union all
select c.id::text, 'reserved another amount'
from cases c
left join ledger_lines l on l.reservation = c.fee_reservation and l.entry = 'reserve' and l.account = 'reserved'
where c.fee_state in ('reserved', 'consumed') and l.amount_minor is distinct from c.fee_minor
