-- I-33: no visa is issued and no iqama renewed without its consumed fee, and no fee is consumed without one of them.
with products as (
    select id, fee_reservation, fee_minor from exit_reentry_visas where status in ('issued', 'used', 'cancelled', 'lapsed')
    union all
    select id, fee_reservation, fee_minor from iqama_renewals where status = 'renewed'
), consumed as (
    select reservation, amount_minor from ledger_lines where entry = 'consume' and account = 'fees'
)
select p.id::text as id, 'made without a consumed fee' as what
from products p
left join consumed c on c.reservation = p.fee_reservation and c.amount_minor = p.fee_minor
where c.reservation is null
union all
select c.reservation::text, 'consumed and nothing made'
from consumed c
left join products p on p.fee_reservation = c.reservation
where p.id is null
